import { expect, test } from "vitest";
import { type ContainerStats, readStats } from "./container-use.ts";

const RUNNING: ContainerStats = {
  cpu_stats: { cpu_usage: { total_usage: 2_500_000_000 } },
  memory_stats: { usage: 1_000, stats: { inactive_file: 400 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: "read", value: 10 },
      { op: "Write", value: 5 },
      { op: "Read", value: 1 },
    ],
  },
  networks: { eth0: { rx_bytes: 7, tx_bytes: 8 }, eth1: { rx_bytes: 1, tx_bytes: 1 } },
};

test("Docker's words become a reading", () => {
  expect(readStats(RUNNING, 5)).toEqual({
    at: 5,
    totals: { cpu: 2.5, read: 11, written: 5, received: 8, sent: 9 },
    memory: 600,
    network: "step",
  });
});

test.each<[string, ContainerStats, unknown]>([
  ["that has ended", { cpu_stats: { cpu_usage: { total_usage: 0 } }, memory_stats: {} }, undefined],
  ["of which nothing is known", {}, undefined],
  [
    "with the machine's network, and without figures of its disk",
    { ...RUNNING, networks: null, blkio_stats: { io_service_bytes_recursive: null } },
    { at: 5, totals: { cpu: 2.5 }, memory: 600 },
  ],
  [
    "in control groups of version 1",
    { ...RUNNING, memory_stats: { usage: 1_000, stats: { total_inactive_file: 900 } } },
    expect.objectContaining({ memory: 100 }),
  ],
])("a container %s", (_, stats, expected) => {
  expect(readStats(stats, 5)).toEqual(expected);
});
