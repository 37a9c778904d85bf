export interface ListenAddress {
  readonly host: string
  readonly port: number
}
export function parseListen(text: string): ListenAddress
export function portProblem(address: ListenAddress): Promise<string | undefined>
