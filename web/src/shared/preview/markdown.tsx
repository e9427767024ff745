import { lexer, type Token, type Tokens } from "marked";
import { Fragment, type ReactElement, type ReactNode } from "react";

/**
 * A text in Markdown as elements of the page. Only its structure is taken: HTML in it is shown as the text that it is,
 * pictures by their names, since one from elsewhere would tell who looks; and a link leads to the web alone.
 */
export function Markdown({ text }: { readonly text: string }): ReactElement {
  return <div className="prose markdown">{blocksOf(lexer(text))}</div>;
}

function blocksOf(tokens: readonly Token[]): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: a part of a text is known by its place
  return tokens.map((token, index) => <Fragment key={index}>{blockOf(token)}</Fragment>);
}

function blockOf(token: Token): ReactNode {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      return headingOf(token as Tokens.Heading);
    case "paragraph":
      return <p>{partsOf(token)}</p>;
    case "code":
      return <pre className="diff">{(token as Tokens.Code).text}</pre>;
    case "blockquote":
      return <blockquote>{blocksOf((token as Tokens.Blockquote).tokens)}</blockquote>;
    case "list":
      return listOf(token as Tokens.List);
    case "table":
      return tableOf(token as Tokens.Table);
    case "hr":
      return <hr />;
    case "text":
      return partsOf(token);
    default:
      return <p>{token.raw}</p>;
  }
}

/** Below the headings of the page, which has its own. */
function headingOf(token: Tokens.Heading): ReactElement {
  const content = partsOf(token);
  if (token.depth === 1) return <h3 className="first">{content}</h3>;
  return token.depth === 2 ? <h4>{content}</h4> : <h5>{content}</h5>;
}

function listOf({ ordered, items, start }: Tokens.List): ReactElement {
  const content = items.map(({ task, checked, tokens }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a part of a text is known by its place
    <li key={index}>
      {task && (checked === true ? "☑ " : "☐ ")}
      {blocksOf(tokens)}
    </li>
  ));
  return ordered ? <ol start={start === "" ? 1 : start}>{content}</ol> : <ul>{content}</ul>;
}

function tableOf({ header, rows, align }: Tokens.Table): ReactElement {
  const className = (index: number): string => (align[index] === "right" ? "number" : "");
  return (
    <div className="table-frame">
      <table className="table">
        <thead>
          <tr>
            {header.map((cell, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a part of a text is known by its place
              <th key={index} className={className(index)}>
                {inlineOf(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a part of a text is known by its place
            <tr key={at}>
              {row.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a part of a text is known by its place
                <td key={index} className={className(index)}>
                  {inlineOf(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function partsOf(token: Token): ReactNode {
  return "tokens" in token && token.tokens !== undefined ? inlineOf(token.tokens) : plainOf(token);
}

function inlineOf(tokens: readonly Token[]): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: a part of a text is known by its place
  return tokens.map((token, index) => <Fragment key={index}>{partOf(token)}</Fragment>);
}

function partOf(token: Token): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{partsOf(token)}</strong>;
    case "em":
      return <em>{partsOf(token)}</em>;
    case "del":
      return <del>{partsOf(token)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link":
      return linkOf(token as Tokens.Link);
    case "image":
      return <span className="quiet">[picture: {(token as Tokens.Image).text || (token as Tokens.Image).href}]</span>;
    default:
      return partsOf(token);
  }
}

/** `javascript:` and the like lead nowhere. */
function linkOf(token: Tokens.Link): ReactNode {
  if (!/^https?:\/\//i.test(token.href)) return partsOf(token);
  return (
    <a href={token.href} target="_blank" rel="noopener noreferrer nofollow">
      {partsOf(token)}
    </a>
  );
}

function plainOf(token: Token): string {
  return "text" in token && typeof token.text === "string" ? unescaped(token.text) : token.raw;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  nbsp: "\u{a0}",
};

/** Elements of the page hold text; the few signs that Markdown writes as HTML does are those signs. */
function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => ENTITIES[name] ?? "");
}
