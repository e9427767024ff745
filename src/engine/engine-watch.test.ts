import { beforeEach, describe, expect, it } from "vitest";
import type { EngineIdentity } from "../store/index.ts";
import { BEAT_MS, EngineWatch, isSamePlace, SILENCE_MS } from "./engine-watch.ts";

const OWN: EngineIdentity = {
  host: "ml1",
  bootId: "boot",
  pid: 1,
  startTime: "1",
  processSpace: "pid:[1]",
  stateFolder: "/p/.headrace",
};
const ELSEWHERE: EngineIdentity = { ...OWN, host: "ml2", bootId: "other boot", pid: 7 };
let now = 0;
let alive = true;
let watch: EngineWatch;

beforeEach(() => {
  now = 0;
  alive = true;
  watch = new EngineWatch({ identity: OWN, monotonic: () => now, isAlive: async () => alive });
});

function lifeOf(identity: EngineIdentity, beat = 0) {
  return watch.life({ id: "e", identity, beat });
}

/** Looks every two seconds, from now on, for so long; the beat stands still. */
function lookFor(ms: number, beat: number): void {
  for (const end = now + ms; now < end; ) {
    now += BEAT_MS;
    watch.look(new Map([["e", beat]]));
  }
}

describe("an engine of this machine", () => {
  it("lives and dies with its process, at once and however silent it is", async () => {
    expect(await lifeOf({ ...OWN, pid: 9 })).toBe("living");
    watch.look(new Map([["e", 3]]));
    lookFor(10 * SILENCE_MS, 3);
    expect(await lifeOf({ ...OWN, pid: 9 }, 3)).toBe("living");
    alive = false;
    expect(await lifeOf({ ...OWN, pid: 9 }, 3)).toBe("dead");
  });

  it("is dead once it has said that it leaves, although its process still ends", async () => {
    expect(await lifeOf(OWN, -1)).toBe("dead");
  });

  it("is dead when the machine has been started since", async () => {
    expect(await lifeOf({ ...OWN, bootId: "boot before" })).toBe("dead");
  });
});

describe("an engine that cannot be looked at", () => {
  it.each([
    ["on another host", ELSEWHERE],
    ["in a container with a name of its own", { ...OWN, host: "c0ffee", processSpace: "pid:[2]" }],
    ["in a container of the same name", { ...OWN, processSpace: "pid:[2]" }],
    ["on a machine of the same name, in another folder", { ...OWN, bootId: "other boot", stateFolder: "/q/.headrace" }],
  ])("%s is in doubt until it beats or has been silent for long enough", async (_, identity) => {
    alive = false;
    expect(await lifeOf(identity)).toBe("doubtful");
    watch.look(new Map([["e", 0]]));
    lookFor(SILENCE_MS - BEAT_MS, 0);
    expect(await lifeOf(identity)).toBe("doubtful");
    lookFor(BEAT_MS, 0);
    expect(await lifeOf(identity)).toBe("dead");
    watch.look(new Map([["e", 1]]));
    expect(await lifeOf(identity)).toBe("living");
  });

  it("is known to be dead within 15 s of its last beat, whenever it beat and we looked", async () => {
    for (let offset = 0; offset <= BEAT_MS; offset += 100) {
      now = 0;
      const fresh = new EngineWatch({ identity: OWN, monotonic: () => now, isAlive: async () => false });
      fresh.look(new Map([["e", 1]]));
      // It beats for the last time, and dies, this long after our look.
      const died = now + offset;
      let life = "living";
      while (life !== "dead") {
        now += BEAT_MS;
        fresh.look(new Map([["e", now >= died ? 2 : 1]]));
        life = await fresh.life({ id: "e", identity: ELSEWHERE, beat: 2 });
      }
      expect(now - died).toBeLessThan(15_000);
      expect(now - died).toBeGreaterThanOrEqual(SILENCE_MS);
    }
  });

  it("is not taken for dead for what this process did not see", async () => {
    watch.look(new Map([["e", 0]]));
    lookFor(SILENCE_MS - BEAT_MS, 0);
    // The database was away, or this machine asleep, for an hour.
    now += 3_600_000;
    watch.look(new Map([["e", 0]]));
    expect(await lifeOf(ELSEWHERE)).toBe("doubtful");
    lookFor(SILENCE_MS, 0);
    expect(await lifeOf(ELSEWHERE)).toBe("dead");
  });

  it("is anew in doubt after it had gone", async () => {
    watch.look(new Map([["e", 0]]));
    lookFor(SILENCE_MS, 0);
    watch.look(new Map());
    watch.look(new Map([["e", 0]]));
    expect(await lifeOf(ELSEWHERE)).toBe("doubtful");
  });
});

it.each([
  [{}, true],
  [{ pid: 5, bootId: "x", startTime: "9", processSpace: "y" }, true],
  [{ host: "ml2" }, false],
  [{ stateFolder: "/q" }, false],
])("with %o, what one left is the other's to take up: %s", (change, expected) => {
  expect(isSamePlace(OWN, { ...OWN, ...change })).toBe(expected);
});
