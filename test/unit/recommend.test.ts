/** @file Recommended settings: sane for every size, and without jumps that no table could explain. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { recommendTraining, recommendValidation } from "../../src/config/recommend.ts";

const size = fc.record({
  rows: fc.integer({ min: 1, max: 100_000_000 }),
  inputs: fc.integer({ min: 1, max: 100_000 }),
  classes: fc.integer({ min: 2, max: 1000 }),
});

test("any size: settings that a config may have", () => {
  fc.assert(
    fc.property(size, (table) => {
      const { hidden, epochs, batchSize, learningRate, momentum, weightDecay } = recommendTraining(table);
      expect(hidden.every((width) => Number.isInteger(width) && width >= 32 && width <= 256)).toBe(true);
      expect([Number.isInteger(epochs), epochs >= 10, epochs <= 150]).toEqual([true, true, true]);
      expect([32, 64]).toContain(batchSize);
      expect(learningRate).toBeGreaterThan(0);
      expect(learningRate).toBeLessThanOrEqual(0.02);
      expect(weightDecay).toBeGreaterThan(0);
      expect(weightDecay).toBeLessThanOrEqual(0.1);
      expect(momentum).toBe(0.9);
    }),
  );
});

test("more rows: wider, less weight decay, never more epochs", () => {
  fc.assert(
    fc.property(size, fc.integer({ min: 1, max: 1_000_000 }), (table, more) => {
      const few = recommendTraining(table);
      const many = recommendTraining({ ...table, rows: table.rows + more });
      expect(many.hidden[0]!).toBeGreaterThanOrEqual(few.hidden[0]!);
      expect(many.hidden.length).toBeGreaterThanOrEqual(few.hidden.length);
      expect(many.weightDecay).toBeLessThanOrEqual(few.weightDecay);
      expect(many.epochs).toBeLessThanOrEqual(few.epochs);
      expect(recommendValidation(table.rows + more)).toBeGreaterThanOrEqual(recommendValidation(table.rows));
    }),
  );
});

test("the sizes of three real tables", () => {
  expect(recommendTraining({ rows: 150, inputs: 4, classes: 3 })).toEqual({
    hidden: [32],
    epochs: 150,
    batchSize: 32,
    learningRate: 0.01,
    momentum: 0.9,
    weightDecay: 0.0082,
  });
  expect(recommendValidation(150)).toBe(0);
  const letters = recommendTraining({ rows: 20_000, inputs: 16, classes: 26 });
  expect(letters).toMatchObject({
    hidden: [128, 128],
    batchSize: 64,
    learningRate: 0.02,
    weightDecay: 0.0002,
  });
  expect(recommendValidation(20_000)).toBe(0.15);
  expect(recommendTraining({ rows: 1_000_000, inputs: 50, classes: 2 })).toMatchObject({
    hidden: [256, 256],
    epochs: 10,
  });
});
