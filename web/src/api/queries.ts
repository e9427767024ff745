import {
  keepPreviousData,
  QueryClient,
  type QueryKey,
  queryOptions,
  type UseQueryOptions,
  useInfiniteQuery,
} from "@tanstack/react-query";
import { call, type Given, type PathOf, type Reply } from "./call.ts";
import { Problem } from "./problem.ts";

export type ReadPath = PathOf<"GET">;

/** Known data stays fresh until an event of the server says otherwise: nothing is polled. */
export function newQueryClient(onLoggedOut: () => void): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 300_000,
        refetchOnWindowFocus: false,
        retry: (count, error) => error instanceof Problem && error.status === 0 && count < 3,
      },
    },
  });
  client.getQueryCache().subscribe(({ query, type }) => {
    const error = type === "updated" ? query.state.error : null;
    if (error instanceof Problem && error.status === 401) onLoggedOut();
  });
  return client;
}

/** A read as TanStack Query takes it. Its key is the address and what was given, so that events find it. */
export function read<P extends ReadPath>(
  path: P,
  given: Given<"GET", P>,
): UseQueryOptions<Reply<"GET", P>, Error, Reply<"GET", P>, QueryKey> & { readonly queryKey: QueryKey } {
  const { params, query } = given as { readonly params?: object; readonly query?: object };
  return queryOptions({
    queryKey: [path, params ?? {}, query ?? {}] as QueryKey,
    queryFn: ({ signal }) => call("GET", path, given, signal),
  });
}

/** The same for a list whose filter changes under the hand: the rows stay until the new ones are there. */
export function readKept<P extends ReadPath>(path: P, given: Given<"GET", P>) {
  return { ...read(path, given), placeholderData: keepPreviousData };
}

interface PageReply {
  readonly next: string | null;
}
type PagedPath = {
  readonly [P in ReadPath]: Reply<"GET", P> extends PageReply ? P : never;
}[ReadPath];

/** A list that grows page by page. */
export function usePages<P extends PagedPath>(path: P, given: Given<"GET", P>, enabled = true) {
  const { params, query } = given as { readonly params?: object; readonly query?: object };
  return useInfiniteQuery({
    queryKey: [path, params ?? {}, query ?? {}, "pages"],
    queryFn: ({ pageParam, signal }) =>
      call(
        "GET",
        path,
        { ...given, query: { ...query, ...(pageParam !== undefined && { after: pageParam }) } } as Given<"GET", P>,
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last as unknown as PageReply).next ?? undefined,
    placeholderData: keepPreviousData,
    enabled,
  });
}
