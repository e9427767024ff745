import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SandboxKind } from "../control-files.ts";
import { standInsFolder } from "./stand-in.ts";

/** The descriptor by which bubblewrap gets the filter; it reads it and closes it. */
export const KEY_FILTER_DESCRIPTOR = 9;

/**
 * The numbers of add_key, request_key and keyctl, which follow each other, by the kernel's name for the architecture
 * (AUDIT_ARCH_…).
 */
const KEY_CALLS: Readonly<Record<string, readonly { readonly architecture: number; readonly first: number }[]>> = {
  // 64-bit programs, among them those of x32, whose numbers have a further bit; programs of 32 bits.
  x64: [
    { architecture: 0xc000003e, first: 248 },
    { architecture: 0x40000003, first: 286 },
  ],
  arm64: [
    { architecture: 0xc00000b7, first: 217 },
    { architecture: 0x40000028, first: 309 },
  ],
};
const X32_BIT = 0x40000000;
const ENOSYS = 38;

// Codes of classic BPF (linux/bpf_common.h) and seccomp (man 2 seccomp).
const LOAD = 0x20;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const AND = 0x54;
const RETURN = 0x06;
const NUMBER_AT = 0;
const ARCHITECTURE_AT = 4;
const ALLOW = 0x7fff0000;
const FAIL = 0x00050000;

/**
 * A program for seccomp that refuses the system calls of kernel keyrings as a kernel without keyrings does (ENOSYS,
 * which container runtimes take for that), in all kinds of programs that the architecture (as Node.js names it) runs;
 * undefined for one that is not known here.
 *
 * Keyrings are in no namespace of a step's: a process keeps the session keyring of who started it, also in another user
 * namespace, and root has his user keyring.
 */
export function keyFilter(architecture: string): Buffer | undefined {
  const kinds = KEY_CALLS[architecture];
  if (kinds === undefined) return undefined;
  const program: Buffer[] = [instruction(LOAD, ARCHITECTURE_AT)];
  for (const { architecture: kind, first } of kinds) {
    program.push(
      instruction(JUMP_IF_EQUAL, kind, 0, 6),
      instruction(LOAD, NUMBER_AT),
      instruction(AND, ~X32_BIT >>> 0),
      instruction(JUMP_IF_AT_LEAST, first, 0, 2),
      instruction(JUMP_IF_AT_LEAST, first + 3, 1, 0),
      instruction(RETURN, FAIL | ENOSYS),
      instruction(RETURN, ALLOW),
    );
  }
  return Buffer.concat([...program, instruction(RETURN, ALLOW)]);
}

/** In the byte order of the machine, which is little-endian on both architectures. */
function instruction(code: number, value: number, ifTrue = 0, ifFalse = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}

/**
 * The file with the filter, which all steps share; empty where the sandbox takes none. (A descriptor of it must reach
 * no step: only bubblewrap closes it.)
 */
export function keyFilterFile(kind: SandboxKind, stateFolder: string): string {
  const filter = kind === "bubblewrap" ? keyFilter(process.arch) : undefined;
  if (filter === undefined) return "";
  const folder = standInsFolder(stateFolder);
  const path = join(folder, `${createHash("sha256").update(filter).digest("hex").slice(0, 16)}.filter`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(aside, filter, { mode: 0o400 });
  renameSync(aside, path);
  return path;
}
