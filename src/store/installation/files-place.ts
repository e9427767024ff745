import { type Queries, statement, type Transaction } from "../database.ts";

/** The place where servers keep stored files. */
export interface FilesPlace {
  /** The same for all servers that see the same files. */
  readonly place: string;
  /** The words for people. */
  readonly describedAs: string;
  /** The folder, where the files are in the home of a server; absent where an earlier version recorded the place. */
  readonly home?: HomeFolder;
}

export interface HomeFolder {
  readonly host: string;
  readonly folder: string;
  /** The same wherever the folder is seen, and another one for a copy of it. */
  readonly mark: string;
}

interface PlaceRow {
  readonly place: string;
  readonly described_as: string;
  readonly host: string | null;
  readonly folder: string | null;
  readonly mark: string | null;
}

type PlaceValues = {
  place: string;
  describedAs: string;
  host: string | null;
  folder: string | null;
  mark: string | null;
};

const selectPlace = statement<Record<string, never>, PlaceRow>(
  "select place, described_as, host, folder, mark from files_place",
);

const insertPlace = statement<PlaceValues>(`
  insert into files_place (only_row, place, described_as, host, folder, mark)
  values (1, :place, :describedAs, :host, :folder, :mark) on conflict do nothing`);

/** Only one of two homes that would take the place of a third one does so. */
const updatePlace = statement<PlaceValues & { from: string; fromMark: string | null }>(`
  update files_place set place = :place, described_as = :describedAs, host = :host, folder = :folder, mark = :mark
  where place = :from and coalesce(mark, '') = coalesce(cast(:fromMark as text), '')`);

const setPool = statement<{ pool: string }>("update runs set pool = :pool where pool not in ('', :pool)");

export async function findFilesPlace(queries: Queries): Promise<FilesPlace | undefined> {
  const row = await queries.get(selectPlace, {});
  if (row === undefined) return undefined;
  const { place, described_as: describedAs, host, folder, mark } = row;
  const isKnown = host !== null && folder !== null && mark !== null;
  return { place, describedAs, ...(isKnown && { home: { host, folder, mark } }) };
}

/** The place that is recorded: this one, where none was. */
export async function recordFilesPlace(transaction: Transaction, own: FilesPlace): Promise<FilesPlace> {
  await transaction.run(insertPlace, valuesOf(own));
  return (await findFilesPlace(transaction)) ?? own;
}

export interface FilesMove {
  readonly from: FilesPlace;
  readonly to: FilesPlace;
  /** The engines by which all runs go on; absent: they stay as they are. */
  readonly pool?: string;
}

/** Returns false where the files are no longer in the place that they are moved from. */
export async function moveFilesPlace(transaction: Transaction, { from, to, pool }: FilesMove): Promise<boolean> {
  const change = { ...valuesOf(to), from: from.place, fromMark: from.home?.mark ?? null };
  if ((await transaction.run(updatePlace, change)) === 0) return false;
  if (pool !== undefined) await transaction.run(setPool, { pool });
  return true;
}

function valuesOf({ place, describedAs, home }: FilesPlace): PlaceValues {
  return {
    ...{ place, describedAs },
    ...{ host: home?.host ?? null, folder: home?.folder ?? null, mark: home?.mark ?? null },
  };
}
