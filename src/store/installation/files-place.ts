import { type Queries, statement, type Transaction } from "../database.ts";

/** The place where servers keep stored files. */
export interface FilesPlace {
  /** The same for all servers that see the same files. */
  readonly place: string;
  /** The words for people. */
  readonly describedAs: string;
}

const selectPlace = statement<Record<string, never>, { readonly place: string; readonly described_as: string }>(
  "select place, described_as from files_place",
);

const insertPlace = statement<{ place: string; describedAs: string }>(`
  insert into files_place (only_row, place, described_as) values (1, :place, :describedAs) on conflict do nothing`);

export async function findFilesPlace(queries: Queries): Promise<FilesPlace | undefined> {
  const row = await queries.get(selectPlace, {});
  return row && { place: row.place, describedAs: row.described_as };
}

/** The place that is recorded: this one, where none was. */
export async function recordFilesPlace(transaction: Transaction, own: FilesPlace): Promise<FilesPlace> {
  await transaction.run(insertPlace, { place: own.place, describedAs: own.describedAs });
  return (await findFilesPlace(transaction)) ?? own;
}
