/** @file Recommended settings: sane for every size, and without jumps that no table could explain. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { recommendTraining } from "../../src/config/recommend.ts";

const size = fc.record({
  rows: fc.integer({ min: 1, max: 100_000_000 }),
  inputs: fc.integer({ min: 1, max: 100_000 }),
  classes: fc.integer({ min: 2, max: 1000 }),
});

test("any size: settings that a config may have", () => {
  fc.assert(
    fc.property(size, (table) => {
      const training = recommendTraining(table);
      const { hidden, epochs, batchSize, learningRate, weightDecay } = training;
      expect(hidden.every((width) => width === 128 || width === 256)).toBe(true);
      expect([Number.isInteger(epochs), epochs >= 10, epochs <= 150]).toEqual([true, true, true]);
      expect([32, 64]).toContain(batchSize);
      expect(learningRate).toBeGreaterThan(0);
      expect(learningRate).toBeLessThanOrEqual(0.04);
      expect(weightDecay).toBeGreaterThan(0);
      expect(weightDecay).toBeLessThanOrEqual(0.1);
      expect(training).toMatchObject({ momentum: 0.9, schedule: { name: "linear" } });
    }),
  );
});

test("more rows: wider, less weight decay, never more epochs; more classes: less weight decay", () => {
  fc.assert(
    fc.property(size, fc.integer({ min: 1, max: 1_000_000 }), (table, more) => {
      const few = recommendTraining(table);
      const many = recommendTraining({ ...table, rows: table.rows + more });
      expect(many.hidden[0]!).toBeGreaterThanOrEqual(few.hidden[0]!);
      expect(many.hidden.length).toBeGreaterThanOrEqual(few.hidden.length);
      // one layer and two are different networks
      if (many.hidden.length === few.hidden.length) {
        expect(many.weightDecay).toBeLessThanOrEqual(few.weightDecay);
      }
      expect(many.epochs).toBeLessThanOrEqual(few.epochs);
      const moreClasses = recommendTraining({ ...table, classes: table.classes + more });
      expect(moreClasses.weightDecay).toBeLessThanOrEqual(few.weightDecay);
    }),
  );
});

test("the sizes of four tables", () => {
  expect(recommendTraining({ rows: 150, inputs: 4, classes: 3 })).toEqual({
    hidden: [128],
    epochs: 150,
    batchSize: 32,
    learningRate: 0.02,
    momentum: 0.9,
    weightDecay: 0.014,
    schedule: { name: "linear" },
  });
  expect(recommendTraining({ rows: 4454, inputs: 32, classes: 2 })).toMatchObject({
    hidden: [128, 128],
    epochs: 80,
    learningRate: 0.035,
    weightDecay: 0.006,
  });
  expect(recommendTraining({ rows: 20_000, inputs: 16, classes: 26 })).toMatchObject({
    hidden: [128, 128],
    epochs: 50,
    batchSize: 64,
    learningRate: 0.04,
    weightDecay: 0.00022,
  });
  expect(recommendTraining({ rows: 1_000_000, inputs: 50, classes: 2 })).toMatchObject({
    hidden: [256, 256],
    epochs: 10,
  });
});
