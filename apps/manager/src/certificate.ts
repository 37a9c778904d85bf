import { execFile } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** Browsers refuse longer ones only from public authorities; this one is pinned by its fingerprint. */
const VALID_DAYS = 3650

export interface Certificate {
  readonly key: string
  readonly cert: string
  /** SHA-256 of the DER form, as `viv login` and browsers show it. */
  readonly fingerprint: string
}

/** The self-made certificate for all names and addresses of this host; made once, by openssl. */
export async function ensureCertificate(folder: string): Promise<Certificate> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const keyFile = join(folder, 'key.pem')
  const certFile = join(folder, 'cert.pem')
  if (!(await exists(certFile))) await makeCertificate(keyFile, certFile)
  const [key, cert] = await Promise.all([readFile(keyFile, 'utf8'), readFile(certFile, 'utf8')])
  const der = new X509Certificate(cert).raw
  const hex = createHash('sha256').update(der).digest('hex').toUpperCase()
  return { key, cert, fingerprint: hex.match(/../g)?.join(':') ?? hex }
}

/** The certificate is renamed into place last: where it is, its key is too. */
async function makeCertificate(keyFile: string, certFile: string): Promise<void> {
  const newCert = `${certFile}.new`
  await rm(newCert, { force: true })
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256'],
    ...['-days', String(VALID_DAYS), '-subj', `/CN=${hostname().slice(0, 64)}`, '-addext', `subjectAltName=${names()}`],
    ...['-keyout', keyFile, '-out', newCert],
  ])
  await rename(newCert, certFile)
}

function names(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const ips = new Set(['127.0.0.1', '::1', ...addresses.map(({ address }) => address)])
  const dns = new Set(['localhost', hostname()])
  return [...[...dns].map((name) => `DNS:${name}`), ...[...ips].map((ip) => `IP:${ip}`)].join(',')
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
