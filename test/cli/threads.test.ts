/** @file A table that is large enough for several threads, by the real program: however many there are, the same files and words. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { csvConfig, freshFolder } from "../support/cli.ts";

/** 10 MB: numbers, words that come late, missing cells, quoted line ends, and rows that are bad. */
function largeTable(): string {
  const rows = ["a,b,c,text,y"];
  for (let i = 0; i < 120_000; i++) {
    const number = ((i * 7919) % 100_003) / 7;
    const word = i % 1000 === 0 ? `"late, ${i / 1000}\n"` : `w${(i * 31) % 12}`;
    const text = i % 5000 === 4999 ? 'odd "quotes' : "x".repeat(i % 90);
    rows.push(
      `${i % 50 === 0 ? "NA" : number},${-i},${word},${text},${i % 3 === 0 ? "p" : "q"}${i % 30_000 === 9 ? ",1" : ""}`,
    );
  }
  return rows.join("\n");
}

const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("1, 2 and 4 threads: the same model, rejects, notes, measures and predictions", async () => {
  const folder = freshFolder();
  folder.write("t.csv", largeTable());
  const data = { onBadRow: "skip", ignore: ["text"], validation: 0.1 };
  // batches large enough for steps on several threads, which must all know the rate of each step
  const train = { epochs: 1, batchSize: 4096, schedule: { name: "linear" } };
  folder.write("c.json", csvConfig("t.csv", "y", { data, network: { hidden: [16] }, train }));
  const runs = [];
  for (const threads of ["1", "2", "4"]) {
    const { code, stderr } = await folder.nnt(["train", "c.json", "--no-cache", "--threads", threads]);
    expect(code, stderr).toBe(0);
    const notes = stderr.split("\n").filter((line) => /note|t\.csv:/.test(line));
    const args = ["t.csv", "--on-bad-row", "skip", "--threads", threads];
    const measured = await folder.nnt(["eval", "run/model.bin", "--json", ...args]);
    const predicted = await folder.nnt(["predict", "run/model.bin", "--proba", "-o", "p.csv", ...args]);
    expect([measured.code, predicted.code]).toEqual([0, 0]);
    const [rejects, model, rows] = [
      folder.text("run/rejects.csv"),
      hash(folder.bytes("run/model.bin")),
      hash(folder.bytes("p.csv")),
    ];
    runs.push({ notes, rejects, model, measured, predicted, rows });
  }
  expect(runs[0]!.rejects.split("\n").length).toBe(30);
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]).toEqual(runs[0]);
}, 120_000);
