import type { ReactElement } from "react";
import { ansiPieces } from "./ansi.ts";
import type { ShownLine } from "./log-pages.ts";

/** One line in its colours, with what is searched for marked. */
export function LogText({ line, search = "" }: { readonly line: ShownLine; readonly search?: string }): ReactElement {
  return (
    <>
      {ansiPieces(line.text).map(({ text, className }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name, and never move
        <span key={index} className={className}>
          {search === "" ? text : <Marked text={text} search={search} />}
        </span>
      ))}
    </>
  );
}

function Marked({ text, search }: { readonly text: string; readonly search: string }): ReactElement {
  const lower = text.toLowerCase();
  const parts: (string | ReactElement)[] = [];
  let at = 0;
  for (let hit = lower.indexOf(search); hit >= 0; hit = lower.indexOf(search, at)) {
    parts.push(text.slice(at, hit), <mark key={hit}>{text.slice(hit, hit + search.length)}</mark>);
    at = hit + search.length;
  }
  return (
    <>
      {parts}
      {text.slice(at)}
    </>
  );
}
