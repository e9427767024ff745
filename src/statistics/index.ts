export { chiSquareTail, normalTwoSided } from "./gamma.ts";
export { kolmogorovTail } from "./kolmogorov.ts";
export { normalShare } from "./normal.ts";
export { andersonDarling, kolmogorovSmirnov, wassersteinDistance } from "./two-samples.ts";
