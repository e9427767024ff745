import { type ReactElement, type ReactNode, useEffect } from "react";

export interface PageProps {
  /** The heading, and the title of the browser's tab. */
  readonly title: string;
  /** In place of the title as text. */
  readonly heading?: ReactNode;
  /** The way back, above the heading. */
  readonly crumb?: ReactNode;
  /** A line of facts below the heading. */
  readonly facts?: ReactNode;
  readonly actions?: ReactNode;
  /** The page scrolls within itself. */
  readonly fills?: boolean;
  readonly children: ReactNode;
}

/** The frame that every page has: heading, facts, actions. */
export function Page({ title, heading, crumb, facts, actions, fills = false, children }: PageProps): ReactElement {
  useEffect(() => {
    document.title = `${title} · Headrace`;
  }, [title]);
  return (
    <main className={fills ? "page fills" : "page"} id="page">
      <header className="page-head">
        <div className="about">
          {crumb !== undefined && <div className="crumb">{crumb}</div>}
          <h1>{heading ?? title}</h1>
          {facts !== undefined && <div className="facts">{facts}</div>}
        </div>
        {actions !== undefined && <div className="row">{actions}</div>}
      </header>
      {children}
    </main>
  );
}
