import { describe, expect, test } from "vitest";
import { datasetName, jobName } from "./dataset-name.ts";

const SCOPE = { namespace: "team", project: "flights" };

describe("the names of OpenLineage", () => {
  test.each([
    ["s3://raw/2013/july.parquet", "s3://raw", "2013/july.parquet"],
    ["gs://b/k", "gs://b", "k"],
    ["https://user:s3cret@example.org:8443/a/b.csv?version=2", "https://example.org:8443", "a/b.csv?version=2"],
    ["https://example.org", "https://example.org", "/"],
    ["file:///data/a b.csv", "file", "/data/a b.csv"],
    ["/data/a.csv", "file", "/data/a.csv"],
    ["datum://0192", "team", "flights/f"],
    ["data/a.csv", "team", "flights/f"],
  ])("of the file that came in by %s", (uri, namespace, name) => {
    expect(datasetName(SCOPE, { name: "f", uri })).toEqual({ namespace, name });
  });

  test("of a file that was made or uploaded", () => {
    const maker = { runName: "daily", node: "train" };
    expect(datasetName(SCOPE, { name: "m/model.pkl", uri: "datum://1", maker })).toEqual({
      namespace: "team",
      name: "flights/daily.train/m/model.pkl",
    });
    expect(datasetName(SCOPE, { name: "labels.csv" })).toEqual({ namespace: "team", name: "flights/labels.csv" });
  });

  test("of jobs: the run of one step is one", () => {
    expect(jobName(SCOPE, { runName: "daily" })).toBe("flights/daily");
    expect(jobName(SCOPE, { runName: "daily", node: "train" })).toBe("flights/daily.train");
    expect(jobName(SCOPE, { runName: "train", node: "train" })).toBe("flights/train");
  });
});
