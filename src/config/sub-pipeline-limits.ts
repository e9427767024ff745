/** So many pipelines may stand within each other, the outermost counted. */
export const MOST_PIPELINES_DEEP = 10;

/** The most nodes that a pipeline may have together with the pipelines that it runs. */
export const MOST_NODES = 100_000;
