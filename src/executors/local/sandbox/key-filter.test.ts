import { expect, test } from "vitest";
import { keyFilter } from "./key-filter.ts";

const ALLOWED = 0x7fff0000;
const REFUSED = 0x00050000 | 38;

/**
 * Does what the kernel does with a filter, as far as ours goes: `architecture` and `number` of a call to the filter's
 * answer.
 */
function answer(filter: Buffer, architecture: number, number: number): number {
  let accumulator = 0;
  for (let at = 0; at < filter.length / 8; at += 1) {
    const code = filter.readUInt16LE(at * 8);
    const [ifTrue, ifFalse, value] = [
      filter.readUInt8(at * 8 + 2),
      filter.readUInt8(at * 8 + 3),
      filter.readUInt32LE(at * 8 + 4),
    ];
    if (code === 0x06) return value;
    if (code === 0x20) accumulator = value === 0 ? number : architecture;
    else if (code === 0x54) accumulator = (accumulator & value) >>> 0;
    else if (code === 0x15) at += accumulator === value ? ifTrue : ifFalse;
    else if (code === 0x35) at += accumulator >= value ? ifTrue : ifFalse;
    else throw new Error(`no instruction of ours: ${code}`);
  }
  throw new Error("it runs past its end, which the kernel refuses");
}

// Numbers from the kernel's own tables (arch/x86/entry/syscalls, include/uapi/asm-generic/unistd.h,
// arch/arm/tools/syscall.tbl).
test.each<[NodeJS.Architecture, string, number, readonly number[]]>([
  ["x64", "64 bits", 0xc000003e, [248, 249, 250]],
  ["x64", "x32", 0xc000003e, [248, 249, 250].map((number) => 0x40000000 + number)],
  ["x64", "32 bits", 0x40000003, [286, 287, 288]],
  ["arm64", "64 bits", 0xc00000b7, [217, 218, 219]],
  ["arm64", "32 bits", 0x40000028, [309, 310, 311]],
])("on %s, programs of %s are refused the calls of keyrings alone", (architecture, _, kind, calls) => {
  const filter = keyFilter(architecture) ?? Buffer.alloc(0);
  const around = [
    ...Array.from({ length: 500 }, (_, number) => number),
    0x40000000,
    0x40000000 + 511,
    ...calls,
    0xffffffff,
  ];
  const refused = around.filter((number) => answer(filter, kind, number) === REFUSED);
  expect(new Set(refused)).toEqual(
    new Set([...calls, ...((calls[0] ?? 0) < 0x40000000 ? [] : calls.map((number) => number - 0x40000000))]),
  );
  expect(around.filter((number) => answer(filter, kind, number) === ALLOWED)).toHaveLength(
    around.length - refused.length,
  );
});

test("an architecture whose calls are not known gets no filter, and an unknown kind of program no refusal", () => {
  expect(keyFilter("riscv64")).toBeUndefined();
  expect(answer(keyFilter("x64") ?? Buffer.alloc(0), 0x80000016, 250)).toBe(ALLOWED);
});
