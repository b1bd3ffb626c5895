// The module that training runs: what JavaScript calls of the other files (kernels.ts has the types).

export { multiplyLists, updateWeights } from "./linear";
export { countBytes, packBytes } from "./lists";
export { bestClasses, expOf, logOf, softmax, sumHits, sumLosses, sumWeights } from "./loss";
export {
  columnListStride,
  crossEntropy,
  gather,
  linearBackwardInput,
  linearBackwardWeights,
  linearForward,
  linearUpdate,
  listInputs,
} from "./operations";
export { runAlone, runShared, work } from "./step";
export { taskBytes } from "./structs";
export { barrier, controlBytes, failedCount, markFailed, readyCount, send } from "./threads";
export { transposeWeights } from "./transpose";
