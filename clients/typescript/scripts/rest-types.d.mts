/** The path of the generated file. */
export const PLACE: URL;
/** Generates the types of the REST API. */
export function restTypes(): Promise<string>;
