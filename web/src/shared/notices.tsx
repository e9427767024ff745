import { Button } from "@mantine/core";
import type { ReactElement, ReactNode } from "react";
import { problemOf } from "../api/problem.ts";
import { CommandText } from "./command.tsx";

/* Shown in the place of a list or a page that has nothing to show: never a blank, always the next thing to do. */

export function Loading({ what = "" }: { readonly what?: string }): ReactElement {
  return (
    <div className="loading" role="status">
      Loading{what === "" ? "" : ` ${what}`} …
    </div>
  );
}

export interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
  /** A command that would fill it. */
  readonly command?: string;
}

export function Empty({ title, children, command }: EmptyProps): ReactElement {
  return (
    <div className="notice">
      <strong>{title}</strong>
      {children !== undefined && <div className="prose">{children}</div>}
      {command !== undefined && <CommandText command={command} />}
    </div>
  );
}

export function Failed({ error, retry }: { readonly error: unknown; readonly retry?: () => unknown }): ReactElement {
  const { message, hint, details } = problemOf(error);
  return (
    <div className="notice problem" role="alert">
      <strong>{sentence(message)}</strong>
      {details.length > 0 && (
        <ul>
          {details.map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      )}
      {hint !== undefined && <span>{sentence(hint)}</span>}
      {retry !== undefined && (
        <Button size="xs" onClick={() => void retry()}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** The messages of the house begin with a small letter and have no full stop. */
export function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?:…]$/.test(whole) ? whole : `${whole}.`;
}

export interface ReadState {
  readonly isPending: boolean;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** Shows what became of a read that has no data to show yet. */
export function Waiting({ read, what }: { readonly read: ReadState; readonly what?: string }): ReactElement | null {
  if (read.error !== null && read.error !== undefined) return <Failed error={read.error} retry={read.refetch} />;
  return read.isPending ? <Loading {...(what !== undefined && { what })} /> : null;
}
