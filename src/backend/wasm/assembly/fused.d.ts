/** 1 in the modules that round a multiply-add once, 0 in the others: set by the build. */
declare const FUSED: i32;
