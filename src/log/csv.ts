/**
 * @file log.csv: one row an epoch, for spreadsheets and plotting tools. Only epochs; log.jsonl has the rest.
 */
import type { EpochEvent } from "./events.ts";
import { openLineFile, type Sink } from "./sink.ts";

/** The first line of log.csv. Users' scripts read these names: columns may be added at the end, never renamed. */
export const LOG_CSV_HEADER =
  "epoch,step,train_loss,train_accuracy,val_loss,val_accuracy,learning_rate,seconds,rows_per_second";

/**
 * Writes log.csv at `path`, replacing it; each epoch's row is in the file when `write` returns.
 * Numbers are the shortest text that reads back to the same double; seconds have 6 decimals. Without validation
 * rows the two val_ cells are empty.
 * @throws SystemError naming the file
 */
export function csvLog(path: string): Sink {
  const file = openLineFile(path);
  file.append(`${LOG_CSV_HEADER}\n`);
  return {
    write(event) {
      if (event.type === "epoch") file.append(`${epochRow(event)}\n`);
    },
    close: () => file.close(),
  };
}

function epochRow(event: EpochEvent): string {
  const { epoch, step, train, validation, learningRate, seconds, rowsPerSecond } = event;
  const cells = [epoch, step, train.loss, train.accuracy, validation?.loss ?? "", validation?.accuracy ?? ""];
  return [...cells, learningRate, seconds.toFixed(6), rowsPerSecond].map(String).join(",");
}
