const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Ids become parts of paths: nothing else than a UUID may. */
export const isUuid = (text: string): boolean => UUID.test(text)
