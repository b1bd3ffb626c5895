/**
 * @file Every key of the config, once: type, range, default and help. The types in types.ts, the JSON Schema for
 * editors, the reference page, the checks and the "did you mean" all come from here. Nothing here reads files or
 * knows where a value was written (load.ts does).
 */
import { z } from "zod";
import { DEFAULT_MISSING } from "../missing.ts";
import {
  belowOne,
  choice,
  described,
  flag,
  integer,
  integerOr,
  listOf,
  nonEmpty,
  notNegative,
  path,
  positive,
  section,
  texts,
} from "./fields.ts";
import { ALWAYS, columnsHaveOneRole, nesterovNeedsMomentum, splitsLeaveRows } from "./rules.ts";

const MAX_LAYER_WIDTH = 65_536;
const MAX_HIDDEN_LAYERS = 32;
const MAX_THREADS = 256;
const MAX_SEED = 2 ** 32 - 1;

const FORMAT = {
  help: "Format of the data files.",
  absent: "from `data.train`: an object or a folder of images is IDX, any other path is CSV",
};

const fraction = () =>
  belowOne("a fraction", {
    help: "Part of the training rows to hold out; 0 holds out none.",
    aliases: ["ratio", "size"],
  });

const fractionObject = () =>
  section(
    {
      fraction: fraction(),
      stratify: flag({ help: "Hold out the same part of every class." }).default(true),
    },
    { help: "A held-out part of the training rows." },
  );

/** A held-out set; `files` are the schemas of a set with its own files, `filesExpected` the end of the list of forms. */
function split<File extends z.ZodType>(
  files: readonly File[],
  filesExpected: string,
  help: string,
  aliases: string[],
) {
  const expected = `a fraction from 0 to below 1, an object { fraction, stratify }, ${filesExpected}`;
  type Forms = [ReturnType<typeof fraction>, ReturnType<typeof fractionObject>, File, z.ZodNull];
  const forms = z.union([fraction(), fractionObject(), ...files, z.null()] as Forms, expected);
  return described(forms, expected, { help, aliases }).default(0);
}

const VALIDATION = "Rows to measure on after each epoch; the best model is chosen by them. 0 or null: none.";
const TEST = "Rows to measure on once, at the end. 0 or null: none.";
const VALIDATION_ALIASES = ["val", "valid", "dev"];
const TEST_ALIASES = ["holdout"];

const IDX_FILES = "an object { images, labels }";
const IDX_FOLDER = "a folder with MNIST's files";
const IDX_SET = `${IDX_FILES}, or ${IDX_FOLDER}`;

function idxFiles(help: string) {
  return section(
    {
      images: path("a path of an IDX file", { help: "IDX file of the images; may be gzipped." }),
      labels: path("a path of an IDX file", { help: "IDX file of the labels; may be gzipped." }),
    },
    { help },
    IDX_SET,
  );
}

/** As it may be written. A check never sees a folder: imageFolders.ts has put its files in its place. */
function idxFilesOrFolder(help: string) {
  // a table's path is not a folder's: editors ask for its label
  const folder = path(IDX_FOLDER, { help: "Folder of them." }).regex(
    /^(?!-$|.*\.(csv|tsv|tab|txt)(\.gz)?$)/,
    IDX_FOLDER,
  );
  return described(z.union([idxFiles(help), folder], IDX_SET), IDX_SET, { help });
}

function idxShape<Files extends z.ZodType>(files: (help: string) => Files) {
  const idxSplit = (help: string, aliases: string[]) =>
    split([files("Files of their own.")], IDX_SET, help, aliases);
  return {
    format: choice(["idx"], FORMAT, '"idx" or "csv"').optional(),
    train: files(
      "Images and labels to train on. A folder's t10k files are the test set if `test` is left out.",
    ),
    validation: idxSplit(VALIDATION, VALIDATION_ALIASES),
    test: idxSplit(TEST, TEST_ALIASES),
  };
}

/** A CSV file of its own for a split. "0.2" in quotes is far more likely a fraction than a file. */
const csvSplitFile = () =>
  path('a file path (standard input, "-", can only be data.train)', {
    help: "A CSV file of its own.",
  })
    .refine((text) => text === "" || Number.isNaN(Number(text)), "a fraction without quotes, or a file path")
    .refine((text) => !/^\s*[\d.]+\s*%\s*$/.test(text), "a fraction such as 0.2, or a file path");

/** The files of one table. */
const fileList = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item, "a list of paths")
    .refine((list) => list.length > 0, "a list of at least one path")
    .meta({ minItems: 1 });

const csvSplit = (help: string, aliases: string[]) =>
  split([csvSplitFile(), fileList(csvSplitFile())], "or a file path or a list of them", help, aliases);

const CSV_TRAIN = 'a path of a CSV file, or "-" for standard input';
const CSV_FILE = "a path of a CSV file";
const LABEL = "a column name, or a 0-based column index";
const DELIMITER = '"auto" or one character such as "," or "\\t"';
const COLUMN_TYPES = '"numeric", "categorical", "boolean" or "ignore"';
const COLUMNS = `an object of column names, each with ${COLUMN_TYPES}`;

const CLASS_WEIGHTS = '"none", "balanced", or an object of class names, each with a number above 0';

const columnType = z.enum(["numeric", "categorical", "boolean", "ignore"], COLUMN_TYPES);

const csvShape = {
  format: choice(["csv"], FORMAT, '"idx" or "csv"').optional(),
  train: described(
    z.union(
      [
        nonEmpty(CSV_TRAIN).refine((text) => !text.includes("\0"), CSV_TRAIN),
        fileList(path(CSV_FILE, { help: "A CSV file." })),
      ],
      `${CSV_TRAIN}, or a list of paths`,
    ),
    CSV_TRAIN,
    {
      help: "Table to train on; may be gzipped. A list, or a pattern such as `data/*.csv`, is files with the same header that are one table.",
    },
  ),
  delimiter: described(
    z.union([z.literal("auto"), z.string().regex(/^[^"\r\n]$/u, DELIMITER)], DELIMITER),
    DELIMITER,
    {
      help: "What separates two cells; `auto` finds it in the file.",
      aliases: ["separator", "sep"],
    },
  ).default("auto"),
  header: choice(
    ["auto", true, false],
    { help: "Whether the first line names the columns; `auto` finds out." },
    '"auto", true or false',
  ).default("auto"),
  label: described(z.union([nonEmpty(LABEL), z.int(LABEL).min(0, LABEL)], LABEL), LABEL, {
    help: "Column to predict.",
    aliases: ["target", "labels", "class", "y"],
  }),
  ignore: texts("a list of column names", {
    help: "Columns to leave out.",
    aliases: ["drop", "exclude", "skip"],
  }).default([]),
  columns: described(z.record(z.string(), columnType, COLUMNS), COLUMNS, {
    help: "Types of columns where the guess from the data is not wanted.",
    aliases: ["types"],
  }).default({}),
  weight: described(nonEmpty("a column name, or null").nullable(), "a column name, or null", {
    help: "Numeric column that holds how much each row counts in the loss of training and validation, at least 0; it is no input. Multiplied with `train.classWeights`. A validation file of its own has no such weights.",
    aliases: ["weights", "sampleWeight", "sampleWeights", "weightColumn"],
  }).default(null),
  missing: texts("a list of strings", {
    help: "Spellings of a missing cell, compared after trimming. A list of your own takes the place of the default one: repeat what of it you need.",
    aliases: ["naValues", "na"],
  }).default([...DEFAULT_MISSING]),
  decimal: choice(["auto", ".", ","], {
    help: "What stands before the decimals of a number; `auto` finds it in the first rows.",
    aliases: ["decimalMark", "dec"],
  }).default("auto"),
  onBadRow: choice(["fail", "skip"], {
    help: "What a row with a bad cell, or with too few or too many, does: end the run, or be left out, counted and listed in `rejects.csv`.",
    aliases: ["onError", "badRows"],
  }).default("fail"),
  scaling: choice(["auto", "standard", "robust"], {
    help: "How numbers become inputs: `standard` by mean and deviation; `robust` by median and quartiles, extremes squashed, so that one outlier cannot ruin a column; `auto` is robust for columns with heavy tails.",
    aliases: ["normalization", "normalisation", "scaler"],
  }).default("auto"),
  validation: csvSplit(VALIDATION, VALIDATION_ALIASES),
  test: csvSplit(TEST, TEST_ALIASES),
};

const DATA = { help: "What to train and measure on." };
const DATA_EXPECTED = "an object { train, … }";

const idxData = section(idxShape(idxFiles), DATA, DATA_EXPECTED).superRefine(splitsLeaveRows, ALWAYS);
const idxDataAsWritten = section(idxShape(idxFilesOrFolder), DATA, DATA_EXPECTED);
const csvData = section(csvShape, DATA, DATA_EXPECTED)
  .superRefine(splitsLeaveRows, ALWAYS)
  .superRefine(columnsHaveOneRole, ALWAYS);

/** Where neither `format` nor `train` tells the format: every key is known, and `train` is always the problem. */
const undecidedTrain = `${CSV_TRAIN}, or ${IDX_SET}`;
const undecidedData = z.strictObject(
  {
    ...csvShape,
    format: choice(["idx", "csv"], FORMAT).optional(),
    label: csvShape.label.optional(),
    validation: z.unknown().optional(),
    test: z.unknown().optional(),
    train: z.custom<never>(() => false, undecidedTrain),
  },
  DATA_EXPECTED,
);

const optimizer = section(
  {
    name: choice(["sgd"], { help: "Stochastic gradient descent." }).default("sgd"),
    learningRate: positive({
      help: "Step size α in w ← w − α dw.",
      aliases: ["lr", "alpha", "eta", "stepSize"],
    }).default(0.01),
    momentum: belowOne("a number", { help: "Momentum, by PyTorch's formula; 0 is plain SGD." }, true).default(
      0,
    ),
    nesterov: flag({ help: "Nesterov's momentum; needs a momentum above 0." }).default(false),
    weightDecay: notNegative({
      help: "L2 penalty added to the gradient of every parameter.",
      aliases: ["l2"],
    }).default(0),
  },
  { help: "The update rule.", aliases: ["optim"] },
)
  .superRefine(nesterovNeedsMomentum, ALWAYS)
  .prefault({});

const schedule = section(
  {
    name: choice(["constant", "linear"], {
      help: "`constant` stays at `optimizer.learningRate`; `linear` starts there and falls by the same amount after each step, so that it would reach 0 after the last one (PyTorch's LinearLR): the last epochs settle what the first ones found.",
    }).default("constant"),
  },
  {
    help: "How the learning rate changes from step to step.",
    aliases: ["scheduler", "lrSchedule", "lrScheduler", "learningRateSchedule", "decay"],
  },
).prefault({});

const HIDDEN = `a list of at most ${MAX_HIDDEN_LAYERS} integers from 1 to ${MAX_LAYER_WIDTH}`;

const network = section(
  {
    hidden: listOf(
      integer(1, MAX_LAYER_WIDTH, { help: "Width of one hidden layer." }),
      MAX_HIDDEN_LAYERS,
      {
        help: "Widths of the hidden layers, first to last, each followed by ReLU; `[]` is softmax regression.",
        aliases: ["layers", "units", "hiddenLayers", "hiddenSizes"],
      },
      HIDDEN,
    ).default([128]),
  },
  { help: "The network between inputs and classes.", aliases: ["model", "net"] },
).prefault({});

const train = section(
  {
    epochs: integer(0, null, {
      help: "Passes over the training rows; 0 writes the initial model.",
      aliases: ["iterations", "maxEpochs"],
    }).default(10),
    batchSize: integer(1, null, { help: "Rows per update.", aliases: ["batch"] }).default(64),
    shuffle: flag({ help: "Draw a new order of rows each epoch; false keeps the file's order." }).default(
      true,
    ),
    seed: integer(0, MAX_SEED, {
      help: "Of all randomness: splits, initial weights, order of rows.",
      aliases: ["randomSeed", "randomState"],
    }).default(1),
    optimizer,
    schedule,
    classWeights: described(
      z.union(
        [
          z.literal(["none", "balanced"], CLASS_WEIGHTS),
          z.record(z.string(), positive({ help: "Weight of the rows of one class." }), CLASS_WEIGHTS),
        ],
        CLASS_WEIGHTS,
      ),
      CLASS_WEIGHTS,
      {
        help: "How much the rows of a class count in the loss: `none`, all the same; `balanced`, rows / (classes × rows of the class) over the training rows, so that rare classes count as much as frequent ones; or a number for each class, 1 for those not named. The loss of training and validation is the mean weighted by them, so that the best model is chosen by what training lowers; accuracies, test scores and `nnt eval` count every row once.",
        aliases: ["classWeight", "balance", "balanced", "weights"],
      },
    ).default("none"),
    initFrom: described(
      path("a path of a safetensors file, or null", { help: "" }).nullable(),
      "a path of a safetensors file, or null",
      {
        help: "Start from the weights in this safetensors file, which must have this network's names and shapes.",
      },
    ).default(null),
    threads: integerOr(1, MAX_THREADS, "auto", {
      help: "Threads to compute on at most; `auto` takes one for each processor. Steps of little work (rows of a batch times parameters below 20,000 times the square of the threads) run on one. A table of 8 MB or more, all its files together, is read by up to 4. No result depends on it.",
      aliases: ["workers", "jobs"],
    }).default("auto"),
    math: choice(["portable", "fast"], {
      help: "`portable` gives the same bits on every machine; `fast` multiplies and adds with one rounding where the processor can: faster for wide networks, but results may differ between machines.",
    }).default("portable"),
  },
  { help: "How to train.", aliases: ["training"] },
).prefault({});

const output = section(
  {
    dir: path("a path of a folder", {
      help: "Run folder: model, logs, metrics, resolved config.",
      absent: "`runs/` + name of the config file without extension, in the working directory",
      aliases: ["directory", "folder", "path"],
    }).optional(),
  },
  { help: "Where results go." },
).prefault({});

const schemaLink = described(z.string("a string").optional(), "a string", {
  help: "JSON Schema for editors; not read.",
  absent: "none",
});

/** The whole file with one form of `data`; keys in the order in which they are written by hand. */
function wholeFile<Data extends z.ZodType>(data: Data) {
  return z.strictObject({ $schema: schemaLink, data, network, train, output }, "a JSON object");
}

/** The config with each form of `data`: one is chosen before checking, so that problems are those of one form. */
export const fileSchemas = {
  idx: wholeFile(idxData),
  csv: wholeFile(csvData),
  undecided: wholeFile(undecidedData),
} as const;

/** All valid configs, for editors. */
export const anyFileSchema = wholeFile(described(z.union([idxDataAsWritten, csvData]), DATA_EXPECTED, DATA));

export type DataFormat = "idx" | "csv";
export type IdxFile = z.output<typeof fileSchemas.idx>;
export type CsvFile = z.output<typeof fileSchemas.csv>;
