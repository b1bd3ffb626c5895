/**
 * @file An IDX file of images and one of labels as a data set. Bytes stay bytes (scale 1/255), other types become
 * float32 as they are (scale 1). Not the IDX format itself: that is idx.ts. Images that are only looked at once, in
 * chunks, are imageStream.ts's, by the rules and words of this file.
 */
import { DataError, ModelError } from "../errors.ts";
import { plural, shapeText } from "../words.ts";
import type { Dataset } from "./dataset.ts";
import { decodeIdx, type IdxArray, type IdxForm, type IdxType, type IdxValues } from "./idx.ts";
import { MAX_CLASSES } from "./limits.ts";
import type { ImagePreprocessing } from "./preprocessing.ts";

const MAX_RANK = 4; // rows, height, width, channels

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
  const values = labelsOf(imageArray, decodeIdx(labels, paths.labels), paths);
  const classes = fitted?.classes ?? nameClasses(values, paths.labels);
  checkKnown(values, classes, paths.labels);
  const preprocessing = imagePreprocessing(imageArray, classes);
  if (fitted !== undefined) checkFits(imageArray, fitted, paths.images);
  return { data: imageRows(imageArray.data, preprocessing, values, { path: paths.images }), preprocessing };
}

/** How these images become inputs. */
function imagePreprocessing(form: IdxForm, classes: readonly string[]): ImagePreprocessing {
  const shape = form.shape.slice(1);
  const inputs = shape.reduce((product, length) => product * length, 1);
  return { format: "idx", shape, scale: scaleOf(form.type), classes, inputs };
}

function scaleOf(type: IdxType): number {
  return type === "u8" ? 1 / 255 : 1;
}

/** The values of whole images as rows; `first` is the file's index of the first image, for messages. */
export function imageRows(
  values: IdxValues,
  { inputs, scale }: ImagePreprocessing,
  labels: Uint32Array,
  { path, first = 0 }: { readonly path: string; readonly first?: number },
): Dataset {
  return {
    rows: values.length / inputs,
    inputs,
    dense: values instanceof Uint8Array ? values : asFloats(values, inputs, path, first),
    denseWidth: inputs,
    scale,
    codes: new Uint32Array(0),
    codeWidth: 0,
    labels,
  };
}

/** Throws `ModelError` for images that are not what training had: IMAGE_SHAPE, IMAGE_TYPE. */
export function checkFits(form: IdxForm, fitted: ImagePreprocessing, path: string): void {
  const shape = form.shape.slice(1);
  if (shape.length !== fitted.shape.length || shape.some((length, i) => length !== fitted.shape[i])) {
    throw new ModelError(
      "IMAGE_SHAPE",
      `${path}: an image is ${shapeText(shape)}, but training had ${shapeText(fitted.shape)}: ` +
        "give images of that shape, or train a model on these",
    );
  }
  if (scaleOf(form.type) !== fitted.scale) {
    const trained = fitted.scale === 1 ? "float or integer values as they are" : "bytes (u8) scaled to 0 … 1";
    throw new ModelError("IMAGE_TYPE", `${path}: values are ${form.type}, but training had ${trained}`);
  }
}

/** Throws `ModelError` UNKNOWN_CLASS for a label that training did not have. */
export function checkKnown(labels: Uint32Array, classes: readonly string[], path: string): void {
  const unknown = labels.findIndex((label) => label >= classes.length);
  if (unknown < 0) return;
  throw new ModelError(
    "UNKNOWN_CLASS",
    `${path}: label ${unknown} is ${labels[unknown]}, but training had classes 0 to ${classes.length - 1}`,
  );
}

/** One label for each image, checked against them. Throws `DataError`. */
export function labelsOf(images: IdxForm, labels: IdxArray, paths: ImagePaths): Uint32Array {
  checkRoles(images, labels, paths);
  const values = checkLabels(labels, paths.labels);
  const rows = images.shape[0]!;
  if (rows === values.length) return values;
  throw new DataError(
    "IDX_COUNT_MISMATCH",
    `${paths.images} has ${plural(rows, "image")}, but ${paths.labels} has ${plural(values.length, "label")}: ` +
      "give the two files of one set",
  );
}

/** Refuses swapped files with a hint, then what is wrong with the images alone. */
function checkRoles(images: IdxForm, labels: IdxForm, paths: ImagePaths): void {
  if (images.shape.length === 1 && labels.shape.length > 1) {
    throw new DataError(
      "IDX_SWAPPED",
      `${paths.images} is ${shapeText(images.shape)} and ${paths.labels} is ${shapeText(labels.shape)}: ` +
        "images and labels are swapped, give each in the other's place",
    );
  }
  checkImages(images, paths.images);
}

/** Throws `DataError` IDX_IMAGES_RANK for what cannot be images. */
export function checkImages({ shape }: IdxForm, path: string): void {
  const rank = shape.length;
  if (rank === 1) {
    throw new DataError(
      "IDX_IMAGES_RANK",
      `${path}: images need 2 to ${MAX_RANK} dimensions, got 1, ${shapeText(shape)}: this looks like a label file, give the image file`,
    );
  }
  if (rank > MAX_RANK) {
    throw new DataError(
      "IDX_IMAGES_RANK",
      `${path}: images need 2 to ${MAX_RANK} dimensions, got ${rank}, ${shapeText(shape)}`,
    );
  }
}

function checkLabels(array: IdxArray, path: string): Uint32Array {
  if (array.shape.length !== 1) {
    throw new DataError(
      "IDX_LABELS_RANK",
      `${path}: labels need 1 dimension, got ${array.shape.length}, ${shapeText(array.shape)}: this looks like an image file, give the label file`,
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

function asFloats(values: IdxValues, inputs: number, path: string, first: number): Float32Array {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  const bad = floats.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new DataError(
      "IDX_NOT_FINITE",
      `${path}: image ${first + Math.floor(bad / inputs)}, pixel ${bad % inputs} is ${values[bad]}, expected a finite float32`,
    );
  }
  return floats;
}
