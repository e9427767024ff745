export interface SourceFile {
  /** Relative to the repository, `/`-separated. */
  readonly path: string;
  readonly text: string;
}

export function isTest(file: SourceFile): boolean {
  return (
    file.path.endsWith(".test.ts") ||
    file.path.startsWith("test/") ||
    file.path.endsWith("conformance.ts") ||
    file.path.includes("/fixtures/")
  );
}
