import { Chalk } from "chalk";
import { describe, expect, test } from "vitest";
import { trainingText } from "../../src/cli/report/profile.ts";
import { classTable, confusionMatrix, table } from "../../src/cli/report/tables.ts";
import { displayWidth, nameText, truncate } from "../../src/cli/report/text.ts";
import { shownPath } from "../../src/paths.ts";
import { printable } from "../../src/words.ts";

const green = "\x1b[32m";

test("classTable: a class never predicted has no precision", () => {
  const classes = [
    { name: "setosa", precision: 1, recall: 0.98, f1: 0.9899, support: 1250 },
    { name: "a very long class name indeed", precision: null, recall: 0, f1: Number.NaN, support: 3 },
  ];
  expect(classTable(classes, { precision: 0.5, recall: 0.49, f1: 0.4949 })).toBe(
    [
      "class                     precision  recall      F1  support",
      "setosa                       1.0000  0.9800  0.9899    1,250",
      "a very long class name …          –  0.0000       –        3",
      "macro average                0.5000  0.4900  0.4949    1,253",
      "",
    ].join("\n"),
  );
});

describe("confusionMatrix", () => {
  const names = ["cat", "dog", "鳥"];
  const counts = [1200, 3, 0, 1, 40, 2, 0, 0, 7];

  test("rows are true classes, numbers to the right", () => {
    expect(confusionMatrix({ names, counts })).toBe(
      [
        "true \\ predicted    cat  dog  鳥",
        "cat               1,200    3   0",
        "dog                   1   40   2",
        "鳥                    0    0   7",
        "",
      ].join("\n"),
    );
  });

  test("colours the diagonal, and takes the same width with colours", () => {
    const text = confusionMatrix({ names, counts }, new Chalk({ level: 1 }));
    expect(text).toContain(`${green}1,200`);
    expect(text).not.toContain(`${green}  3`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: removes colours
    expect(text.replace(/\x1b\[\d+m/g, "")).toBe(confusionMatrix({ names, counts }));
  });

  test("numbers stand for names that would be cut to the same text, or do not fit", () => {
    const long = ["class number one", "class number two"];
    expect(confusionMatrix({ names: long, counts: [1, 2, 3, 4] })).toBe(
      ["true \\ predicted    1  2", "1 class number one  1  2", "2 class number two  3  4", ""].join("\n"),
    );
    expect(
      confusionMatrix({ names: ["red-brown", "grey-blue"], counts: [1, 0, 0, 1] }, undefined, 30),
    ).toContain("1 red-brown");
  });

  test("more than 20 classes: the 20 most frequent confusions", () => {
    const many = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i));
    const grid = new Uint32Array(26 * 26);
    for (let i = 0; i < 26; i++) grid[i * 26 + i] = 100;
    for (let i = 0; i < 22; i++) grid[i * 26 + i + 1] = 10;
    grid[25 * 26] = 1500;
    const lines = confusionMatrix({ names: many, counts: grid }).trimEnd().split("\n");
    expect(lines.slice(0, 3)).toEqual([
      "true → predicted  count",
      "z → a             1,500",
      "a → b                10",
    ]);
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe("and 3 less frequent confusions");
  });

  test("more than 20 classes without an error", () => {
    const many = Array.from({ length: 21 }, (_, i) => String(i));
    expect(confusionMatrix({ names: many, counts: new Uint32Array(441) })).toBe("no confusions\n");
  });
});

test("table: no spaces at the ends of lines", () => {
  const columns = [
    { title: "n", align: "right" },
    { title: "name", align: "left" },
  ] as const;
  expect(table(columns, [["10", "x"]])).toEqual([" n  name", "10  x"]);
});

test.each([
  ["abc", 3],
  ["日本", 4],
  ["e\u0301", 1],
  ["🙂", 2],
  ["", 0],
])("displayWidth %j is %d", (text, width) => expect(displayWidth(text)).toBe(width));

test("truncate never cuts a wide character in half", () => {
  expect(truncate("日本語", 6)).toBe("日本語");
  expect(truncate("日本語", 5)).toBe("日本…");
  expect(truncate("日本語", 4)).toBe("日…");
  expect(truncate("abc", 0)).toBe("");
});

test("printable takes out what could repaint the terminal", () => {
  expect(printable("a\x1b[2Jb\nc\u202ed")).toBe("a\\u001b[2Jb\\u000ac\\u202ed");
});

test.each([
  ["/home/me/runs/iris", "runs/iris"],
  ["/home/me", "."],
  ["/elsewhere/x", "/elsewhere/x"],
  ["/home/mercy", "/home/mercy"],
])("shownPath %s in /home/me is %s", (path, shown) => expect(shownPath(path, "/home/me")).toBe(shown));

test.each([
  [[], "no hidden layer"],
  [[128], "hidden layer of 128"],
  [[128, 64], "hidden layers of 128 and 64"],
])("layers %j are %j", (hidden, said) => {
  const rest = { momentum: 0, weightDecay: 0, schedule: { name: "linear" } } as const;
  const training = { hidden, epochs: 5, batchSize: 16, learningRate: 0.1, ...rest };
  expect(trainingText({ validation: 0, test: 0, training })).toContain(`network  ${said}; learning rate 0.1`);
});

test.each([
  ["", '""'],
  ["red", "red"],
  ["a\nb", "a\\u000ab"],
  ["abcdefghij", "abcdefg…"],
])("nameText %j is %s", (name, said) => expect(nameText(name, 8)).toBe(said));
