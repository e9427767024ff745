import { isTest, type SourceFile } from "./source-file.ts";

const MEDIAN_LIMIT = 120;
const P90_LIMIT = 300;
const FILE_LIMIT = 500;

/**
 * Lines per file: none over 500; the product's own files have a median of at most 120, and nine in ten have at most
 * 300.
 */
export function sizeProblems(files: readonly SourceFile[]): {
  readonly problems: readonly string[];
  readonly summary: string;
} {
  const measured = files.map((file) => ({ file, lines: file.text.split("\n").length - 1 }));
  const problems = measured
    .filter(({ lines }) => lines > FILE_LIMIT)
    .map(({ file, lines }) => `${file.path}: ${lines} lines, more than ${FILE_LIMIT}: split it by idea`);
  const product = measured
    .filter(({ file }) => file.path.startsWith("src/") && !isTest(file))
    .map(({ lines }) => lines)
    .sort((a, b) => a - b);
  const median = quantile(product, 0.5);
  const p90 = quantile(product, 0.9);
  if (median > MEDIAN_LIMIT) problems.push(`src: the median file has ${median} lines, more than ${MEDIAN_LIMIT}`);
  if (p90 > P90_LIMIT) problems.push(`src: one file in ten has more than ${p90} lines; the limit is ${P90_LIMIT}`);
  const total = product.reduce((sum, lines) => sum + lines, 0);
  const tests = measured.filter(({ file }) => isTest(file)).reduce((sum, { lines }) => sum + lines, 0);
  const ratio = total === 0 ? "0" : (tests / total).toFixed(2);
  return {
    problems,
    summary: `${product.length} source files, ${total} lines (median ${median}, p90 ${p90}, largest ${product.at(-1) ?? 0}); ${tests} lines of tests (${ratio} per source line)`,
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
