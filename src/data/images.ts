/**
 * @file An IDX file of images and one of labels as a data set. Bytes stay bytes (scale 1/255), other types become
 * float32 as they are (scale 1). Not the IDX format itself: that is idx.ts.
 */
import { DataError, ModelError } from "../errors.ts";
import { plural, shapeText } from "../words.ts";
import type { Dataset } from "./dataset.ts";
import { decodeIdx, type IdxArray } from "./idx.ts";
import type { ImagePreprocessing } from "./preprocessing.ts";

const MAX_RANK = 4; // rows, height, width, channels
const MAX_CLASSES = 1000; // more "classes" than any small classifier has: the labels are something else

export interface ImagePaths {
  readonly images: string;
  readonly labels: string;
}

export interface ImageData {
  readonly data: Dataset;
  readonly preprocessing: ImagePreprocessing;
}

/**
 * Images and their labels, from the bytes of two IDX files; `paths` are for messages.
 * Without `fitted` this is training data: classes are "0" … "largest label". With it, these rows must fit: same
 * shape, same kind of values, known classes; else `ModelError`. All else that is wrong is a `DataError`.
 */
export function loadIdxDataset(
  images: Uint8Array,
  labels: Uint8Array,
  paths: ImagePaths,
  fitted?: ImagePreprocessing,
): ImageData {
  const imageArray = decodeIdx(images, paths.images);
  const labelArray = decodeIdx(labels, paths.labels);
  checkRoles(imageArray, labelArray, paths);
  const values = checkLabels(labelArray, paths.labels);
  const rows = imageArray.shape[0]!;
  if (rows !== values.length) {
    throw new DataError(
      "IDX_COUNT_MISMATCH",
      `${paths.images} has ${plural(rows, "image")}, but ${paths.labels} has ${plural(values.length, "label")}`,
    );
  }
  const classes = fitted?.classes ?? nameClasses(values, paths.labels);
  const unknown = values.findIndex((label) => label >= classes.length);
  if (unknown >= 0) {
    throw new ModelError(
      "UNKNOWN_CLASS",
      `${paths.labels}: label ${unknown} is ${values[unknown]}, but training had classes 0 to ${classes.length - 1}`,
    );
  }
  return asDataset(imageArray, paths.images, values, classes, fitted);
}

/** Images alone, for prediction. Throws as `loadIdxDataset`. */
export function loadIdxImages(images: Uint8Array, path: string, fitted: ImagePreprocessing): ImageData {
  const array = decodeIdx(images, path);
  checkImages(array, path);
  return asDataset(array, path, new Uint32Array(0), fitted.classes, fitted);
}

function asDataset(
  array: IdxArray,
  path: string,
  labels: Uint32Array,
  classes: readonly string[],
  fitted: ImagePreprocessing | undefined,
): ImageData {
  const shape = array.shape.slice(1);
  const inputs = shape.reduce((product, length) => product * length, 1);
  const scale = array.type === "u8" ? 1 / 255 : 1;
  const preprocessing: ImagePreprocessing = { format: "idx", shape, scale, classes, inputs };
  if (fitted !== undefined) checkFits(preprocessing, fitted, array.type, path);
  const dense = array.data instanceof Uint8Array ? array.data : asFloats(array.data, inputs, path);
  const data: Dataset = {
    rows: array.shape[0]!,
    inputs,
    dense,
    denseWidth: inputs,
    scale,
    codes: new Uint32Array(0),
    codeWidth: 0,
    labels,
  };
  return { data, preprocessing };
}

function checkFits(got: ImagePreprocessing, fitted: ImagePreprocessing, type: string, path: string): void {
  if (got.shape.length !== fitted.shape.length || got.shape.some((length, i) => length !== fitted.shape[i])) {
    throw new ModelError(
      "IMAGE_SHAPE",
      `${path}: an image is ${shapeText(got.shape)}, but training had ${shapeText(fitted.shape)}`,
    );
  }
  if (got.scale !== fitted.scale) {
    const trained = fitted.scale === 1 ? "float or integer values as they are" : "bytes (u8) scaled to 0 … 1";
    throw new ModelError("IMAGE_TYPE", `${path}: values are ${type}, but training had ${trained}`);
  }
}

/** Refuses swapped files with a hint, then what is wrong with the images alone. */
function checkRoles(images: IdxArray, labels: IdxArray, paths: ImagePaths): void {
  if (images.shape.length === 1 && labels.shape.length > 1) {
    throw new DataError(
      "IDX_SWAPPED",
      `${paths.images} is ${shapeText(images.shape)} and ${paths.labels} is ${shapeText(labels.shape)}: ` +
        "images and labels are swapped",
    );
  }
  checkImages(images, paths.images);
}

function checkImages(array: IdxArray, path: string): void {
  const rank = array.shape.length;
  if (rank === 1) {
    throw new DataError(
      "IDX_IMAGES_RANK",
      `${path}: images need 2 to ${MAX_RANK} dimensions, got 1, ${shapeText(array.shape)}: this looks like a label file`,
    );
  }
  if (rank > MAX_RANK) {
    throw new DataError(
      "IDX_IMAGES_RANK",
      `${path}: images need 2 to ${MAX_RANK} dimensions, got ${rank}, ${shapeText(array.shape)}`,
    );
  }
}

function checkLabels(array: IdxArray, path: string): Uint32Array {
  if (array.shape.length !== 1) {
    throw new DataError(
      "IDX_LABELS_RANK",
      `${path}: labels need 1 dimension, got ${array.shape.length}, ${shapeText(array.shape)}: this looks like an image file`,
    );
  }
  if (array.type === "f32" || array.type === "f64") {
    throw new DataError(
      "IDX_LABELS_TYPE",
      `${path}: labels need an integer type (u8, i8, i16, i32), got ${array.type}`,
    );
  }
  const negative = array.data.findIndex((label) => label < 0);
  if (negative >= 0) {
    throw new DataError(
      "IDX_LABEL_NEGATIVE",
      `${path}: label ${negative} is ${array.data[negative]}, expected 0 or more`,
    );
  }
  return Uint32Array.from(array.data);
}

function nameClasses(labels: Uint32Array, path: string): string[] {
  let largest = 0;
  let smallest = 0xffffffff;
  for (const label of labels) {
    if (label > largest) largest = label;
    if (label < smallest) smallest = label;
  }
  if (smallest === largest) {
    throw new DataError("TOO_FEW_CLASSES", `${path}: every label is ${largest}, expected at least 2 classes`);
  }
  if (largest >= MAX_CLASSES) {
    throw new DataError(
      "TOO_MANY_CLASSES",
      `${path}: the largest label is ${largest}, expected at most ${MAX_CLASSES - 1} (labels are class numbers from 0)`,
    );
  }
  return Array.from({ length: largest + 1 }, (_, i) => String(i));
}

function asFloats(values: IdxArray["data"], inputs: number, path: string): Float32Array {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  const bad = floats.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new DataError(
      "IDX_NOT_FINITE",
      `${path}: image ${Math.floor(bad / inputs)}, pixel ${bad % inputs} is ${values[bad]}, expected a finite float32`,
    );
  }
  return floats;
}
