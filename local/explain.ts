/** One line for people, without a stack, that says what to do. */
export function explain(error: unknown): string {
  const { code = '', path, message } = error as NodeJS.ErrnoException
  const where = path ? ` (${path})` : ''
  if (/ENOSPC|EDQUOT/.test(code) || /No space left on device|ENOSPC/.test(message)) {
    return `磁盘已满${where}，请腾出空间后再启动。The disk is full${where}: free some space and start again.`
  }
  // On a read-only file system making a folder with its parents fails with ENOENT.
  if (/EROFS|EACCES|EPERM|ENOTDIR|ENOENT/.test(code) || /Read-only file system|EROFS/.test(message)) {
    return `不能写入${where}，请改为可写，或用 DATA_DIR 指定其他数据目录。Cannot write${where}: make it writable, or choose another data folder with DATA_DIR.`
  }
  return message.split('\n')[0] || String(code || error)
}

/**
 * The line that says why a program ended, of what it wrote: its last error, else the last line that is neither a stack
 * nor Node's version.
 */
export function causeIn(text: string): string {
  const lines = text.split('\n').map((line) => line.trim())
  const said = lines.filter((line) => line !== '' && !/^(at |Node\.js v|[\^~]+$|[{}[\]()]+,?$)/.test(line))
  const error = said.findLast((line) => /(^|[\w.] ?)(Error|error|FATAL|PANIC|panic)( \[\w+\])?: /.test(line))
  return sentence(error ?? said.at(-1) ?? 'no output')
}

/** Of a line of JSON its message. */
function sentence(line: string): string {
  try {
    const { err, msg } = JSON.parse(line) as { err?: { message?: string }; msg?: string }
    return err?.message ?? msg ?? line
  } catch {
    return line
  }
}
