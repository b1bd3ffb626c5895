/** @file Delimited text: RFC 4180 as a property, dialects, line numbers, every malformed case by name, bytes at random. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CellReader } from "../../src/data/cellReader.ts";
import { openCsv } from "../../src/data/csv.ts";
import { UserError } from "../../src/errors.ts";
import { cellsOf, inChunks, openText, recordsOf, refusal, sourceOf } from "../support/data.ts";

const plain = { header: false, delimiter: "," } as const;

/** RFC 4180, quoting where the content or `always` asks for it. */
function writeCsv(
  rows: readonly (readonly string[])[],
  delimiter: string,
  newline: string,
  always: boolean,
): string {
  const cell = (text: string): string => {
    const needsQuotes =
      always || text === "" || text.trim() !== text || /["\r\n]/.test(text) || text.includes(delimiter);
    return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(delimiter) + newline).join("");
}

describe("RFC 4180", () => {
  const anyCell = fc
    .oneof(
      fc.string({ unit: fc.constantFrom(...'ab ,;"\n\r\t|é€😀1'.split(/(?:)/u)), maxLength: 8 }),
      fc.string({ unit: "grapheme", maxLength: 8 }),
      fc.constantFrom("", '"', '""', "\r\n", "\n\n", " a ", "1.5"),
    )
    .map((text) => text.replaceAll("\0", ""));
  const table = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }))
    .chain(([width, rows]) =>
      fc.array(fc.array(anyCell, { minLength: width, maxLength: width }), {
        minLength: rows,
        maxLength: rows,
      }),
    );

  test("what is written is read, for any cells, delimiter, line ending and chunk size", async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(",", ";", "\t", "|"),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        fc.integer({ min: 1, max: 50 }),
        async (rows, delimiter, newline, always, chunkSize) => {
          const text = writeCsv(rows, delimiter, newline, always);
          expect(await cellsOf(text, { header: false, delimiter }, chunkSize)).toEqual(rows);
        },
      ),
      { numRuns: 1000, seed: 3 },
    );
  });

  test("each record's line is where it starts, with blank lines and newlines inside cells", async () => {
    const block = fc.tuple(
      fc.constantFrom("", "\n", "\r\n", " \n\n"),
      fc.array(anyCell, { minLength: 2, maxLength: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(block, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        async (blocks, size) => {
          let text = "";
          const lines: number[] = [];
          for (const [blank, row] of blocks) {
            text += blank;
            lines.push(text.split("\n").length);
            text += writeCsv([row], ",", blank.includes("\r") ? "\r\n" : "\n", false);
          }
          // Unix ends only where the sample could be taken for classic Mac: it always has a line feed here.
          const records = await recordsOf(await openText(text, plain, size));
          expect(records.map((record) => record.line)).toEqual(lines);
        },
      ),
      { numRuns: 1000, seed: 4 },
    );
  });

  test("quote-free text gives the same cells as the same text with every cell quoted", async () => {
    const word = fc.string({ unit: fc.constantFrom("a", "1", ".", "é", "-", "'"), maxLength: 5 });
    const rows = fc.array(fc.array(word, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 30 }), async (cells, size) => {
        const bare = cells.map((row) => ` ${row.join(" ,\t")}\r\n`).join("\n");
        const quoted = writeCsv(cells, ",", "\n", true);
        expect(await cellsOf(bare, plain, size)).toEqual(await cellsOf(quoted, plain, size));
      }),
      { numRuns: 500, seed: 5 },
    );
  });
});

describe("dialect", () => {
  test.each([
    ["comma", "a,b\n1,2\n", ",", ["1", "2"]],
    ["semicolon with decimal commas", "a;b\n1,5;2,5\n3,5;4,5\n", ";", ["1,5", "2,5"]],
    ["tab", "a\tb c\n1\t2, 3\n", "\t", ["1", "2, 3"]],
    ["bar", "a|b\n1|2\n", "|", ["1", "2"]],
    ["delimiters inside quotes do not count", '"a;x",b\n"1;y",2\n', ",", ["1;y", "2"]],
    ["one column", "a\nx y\n", ",", ["x y"]],
    ["no final newline, byte order mark", "\ufeffa,b\n1,2", ",", ["1", "2"]],
    ["classic Mac", 'a,b\r1,"2\r3"\r', ",", ["1", "2\r3"]],
  ])("%s", async (_, text, delimiter, first) => {
    const table = await openText(text);
    const records = await recordsOf(table);
    expect([table.delimiter, table.hasHeader, records[0]!.cells]).toEqual([delimiter, true, first]);
    expect(records[0]!.line).toBe(2);
  });

  test.each([
    ["names", "a,b\n1,2\n", true],
    ["a number in the first row", "a,1\nb,2\n", false],
    ["a missing cell in the first row", "a,?\nb,c\n", false],
    ["all words", "a,b\nc,d\n", true],
  ])("header: %s", async (_, text, hasHeader) => {
    const table = await openText(text);
    table.close();
    expect([table.hasHeader, table.names]).toEqual([hasHeader, hasHeader ? ["a", "b"] : ["0", "1"]]);
  });

  test("space around cells goes, also around quotes, but not inside", async () => {
    expect(await cellsOf('a , " b ",c\n', plain)).toEqual([["a", " b ", "c"]]);
  });

  test("an empty quoted cell alone on its line is a row of a one-column table", async () => {
    expect(await cellsOf('a\n""\n\nb\n', plain)).toEqual([["a"], [""], ["b"]]);
  });
});

describe("decimal mark", () => {
  test.each([
    ["a comma in a later row", "a;y\n1;p\n2;q\n1,5;p\n", ","],
    ["a comma and a point", "a;b;y\n1,5;1.5;p\n", "."],
    ["commas between commas", 'a,y\n"1,5",p\n', "."],
    ["three decimals everywhere", "a;y\n1,234;p\n12,345;q\n", ","],
    ["what may be thousands beside whole numbers", "a;y\n1,234;p\n950;q\n", "."],
    ["the same, and a decimal comma beyond doubt", "a;y\n1,234;p\n950;q\n0,234;q\n", ","],
    ["beyond doubt in another column", "a;b;y\n1,234;1,5;p\n950;2;q\n", ","],
  ])("%s, in chunks of any size", async (_name, text, decimal) => {
    for (const size of [1, 5, 1000]) expect((await openText(text, {}, size)).decimal).toBe(decimal);
  });

  test("that is given is not waited for", async () => {
    let read = 0;
    const chunks = (async function* () {
      for (const line of ["a;y\n", "1;p\n", "2;q\n", "3;q\n", "4;q\n"]) {
        read++;
        yield Buffer.from(line);
      }
    })();
    const options = {
      file: "t.csv",
      delimiter: "auto",
      header: "auto",
      decimal: ",",
      missing: [""],
    } as const;
    await openCsv(sourceOf(chunks), options);
    expect(read).toBe(2);
  });
});

describe("refuses", () => {
  const cases: [string, Uint8Array | string, string, string[]][] = [
    ["open quote", 'a,b\n1,2\n3,"4\n5,6\n', "CSV_QUOTE_NOT_CLOSED", ["t.csv:3:", "cell 2", "never closed"]],
    ["quote in a cell", 'a,b\n\n1,2\n3,4"5\n', "CSV_QUOTE", ["t.csv:4:", "cell 2", "quote in the middle"]],
    ["text after a quote", 'a,b\n"1"x,2\n', "CSV_QUOTE", ["t.csv:2:", "cell 1"]],
    ["short row", "a,b,c\n1,2,3\nx,5\n", "CSV_RAGGED_ROW", ["t.csv:3:", "got 2 cells, expected 3", '"x"']],
    [
      "long row",
      'a,b\n"p\r\nq",2\n\n7,8,9\n',
      "CSV_RAGGED_ROW",
      ["t.csv:5:", "got 3 cells, expected 2", '"7"'],
    ],
    [
      "duplicate name",
      "a,b,a\n1,2,3\n",
      "CSV_DUPLICATE_COLUMN",
      ["t.csv:1:", "column 3 of 3", '"a"', "column 1"],
    ],
    ["only a header", "a,b\n", "CSV_NO_ROWS", ["header but no row"]],
    ["blank lines", "\n  \n\n", "CSV_NO_ROWS", ["only blank lines"]],
    ["UTF-16 LE", Buffer.from("\ufeffa,b\n", "utf16le"), "TEXT_UTF16", ["iconv"]],
    ["UTF-16 BE", Buffer.from("\ufeffa,b\n", "utf16le").swap16(), "TEXT_UTF16", ["UTF-16"]],
    ["NUL", "a,b\n1,\0\n", "TEXT_NUL", ["byte 6 is NUL"]],
    ["Latin-1", Buffer.from("a,b\ncaf\xe9,1\n", "latin1"), "TEXT_ENCODING", ["byte 7 (0xe9)", "iconv"]],
    ["cut character", Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0xe2, 0x82]), "TEXT_ENCODING", ["byte 4 (0xe2)"]],
    ["overlong", Buffer.from([0x61, 0x0a, 0xc0, 0xaf, 0x0a]), "TEXT_ENCODING", ["byte 2 (0xc0)"]],
    [
      "byte order mark counts",
      Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff]),
      "TEXT_ENCODING",
      ["byte 4 (0xff)"],
    ],
  ];
  test.each(cases)("%s", async (_, text, kind, facts) => {
    for (const size of [1 << 16, 3]) {
      const error = await refusal(() => cellsOf(text, {}, size));
      expect([error.kind, error.exitCode]).toEqual([kind, 3]);
      for (const fact of facts) expect(error.message).toContain(fact);
    }
  });

  test("a row of 20 million characters, as after a lost quote", async () => {
    const text = `a,b\n1,"${"x,\n".repeat(7_000_000)}`;
    expect((await refusal(() => cellsOf(text))).kind).toBe("CSV_RECORD_TOO_LONG");
    const line = `a,b\n1,${"x".repeat(20_000_000)}\n`;
    expect((await refusal(() => cellsOf(line))).message).toContain("t.csv:2:");
  });
});

describe("streaming", () => {
  test("the delimiter is the same whatever the sizes of chunks, and lines that decide it are not waited behind", async () => {
    const files = [
      "a,b\n1,2\n3,4\n",
      'x;y\n"1,5";2\n',
      "a b,c;d\n1,2;3\n4,5;6\n",
      "\n\r\n a|b\r\n1|2\r\n",
      '"q\n,;|",w\n1,2\n',
      "a,b\r1,2\r3,4\r",
      `p;q,r\n${"1;2,3\n".repeat(30)}1,1,1;2\n`,
    ];
    for (const text of files) {
      const whole = (await openText(text)).delimiter;
      for (const size of [1, 2, 3, 7]) expect((await openText(text, {}, size)).delimiter).toBe(whole);
    }
    async function* waiting(): AsyncGenerator<Buffer> {
      yield Buffer.from("a,b\n1,2\n");
      await new Promise(() => {});
    }
    const table = await openCsv(sourceOf(waiting()), {
      file: "t.csv",
      delimiter: "auto",
      header: "auto",
      decimal: "auto",
      missing: [],
    });
    expect([table.delimiter, table.names]).toEqual([",", ["a", "b"]]);
  });

  test("reads no further than it is asked, and ending early closes the source", async () => {
    let taken = 0;
    let closed = false;
    async function* chunks(): AsyncGenerator<Buffer> {
      yield Buffer.from("a,b\n");
      for (;;) {
        taken++;
        yield Buffer.from("1,2\n".repeat(10_000));
      }
    }
    const source = sourceOf(chunks(), () => {
      closed = true;
    });
    const table = await openCsv(source, {
      file: "t.csv",
      delimiter: "auto",
      header: true,
      decimal: "auto",
      missing: [],
    });
    let rows = 0;
    const reader = new CellReader(table, new Set(), () => {});
    for await (const batch of reader.batches()) {
      rows += batch.rows;
      if (rows > 100_000) break;
    }
    expect(taken).toBeLessThan(20);
    expect(closed).toBe(true);
  });

  test("closing before the first batch closes the source", async () => {
    let closed = false;
    const source = sourceOf(inChunks("1,2\n".repeat(100_000)), () => {
      closed = true;
    });
    const table = await openCsv(source, {
      file: "t.csv",
      delimiter: ",",
      header: false,
      decimal: "auto",
      missing: [],
    });
    table.close();
    expect(closed).toBe(true);
  });

  test("3,000 files of bytes at random: only our own errors", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .array(fc.constantFrom(...'a1,;"\n\r \t'.split("")), { maxLength: 60 })
        .map((text) => Buffer.from(text.join(""))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 20 }), async (file, size) => {
        try {
          await cellsOf(file, {}, size);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
      { numRuns: 3000, seed: 6 },
    );
  });
});
