// The container's control port: HTTP and JSON.

export interface ControlClient {
  get<T>(path: string): Promise<T>;
  send(method: 'POST' | 'PUT', path: string, body?: unknown): Promise<void>;
}

export function controlClient(baseUrl: string): ControlClient {
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok)
      throw new Error(`${method} ${path}: ${String(response.status)} ${await response.text()}`);
    return response;
  };
  return {
    get: async <T>(path: string) => (await (await call('GET', path)).json()) as T,
    send: async (method, path, body) => {
      await (await call(method, path, body)).body?.cancel();
    },
  };
}
