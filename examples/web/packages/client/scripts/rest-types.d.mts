/** Where the types of the calls are. */
export const PLACE: URL;
/** The types of the calls, as they are to be. */
export function restTypes(): Promise<string>;
