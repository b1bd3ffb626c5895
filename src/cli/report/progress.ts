/**
 * @file What training shows on stderr: a bar on a terminal (trainingBar.ts), else a line per epoch, or nothing. Which
 * model and data are trained, and the result, is for the command to say.
 */
import type { Sink } from "../../log/sink.ts";
import type { Io } from "../io.ts";
import { epochLine } from "./epochLine.ts";
import { styleOf } from "./style.ts";

/** The sink that shows a training run. Close it in `finally`: a bar holds the terminal's last line and a timer. */
export async function createProgress(io: Io, options: { readonly quiet: boolean }): Promise<Sink> {
  if (options.quiet) return { write: () => {}, close: () => {} };
  // A dumb terminal cannot go back to the start of a line.
  if (!io.stderr.isTTY || io.env.TERM === "dumb") return linePerEpoch(io);
  const { trainingBar } = await import("./trainingBar.ts");
  return trainingBar(io);
}

function linePerEpoch(io: Io): Sink {
  const style = styleOf(io, "stderr");
  let epochs = 0;
  return {
    write(event) {
      if (event.type === "start") epochs = event.epochs;
      if (event.type === "epoch") io.err(`${epochLine(event, epochs, style)}\n`);
    },
    close: () => {},
  };
}
