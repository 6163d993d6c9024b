export function freePort(host?: string): Promise<number>;
export function freePortBase(span?: number, host?: string): Promise<number>;
