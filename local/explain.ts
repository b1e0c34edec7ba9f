/** One line for people, without a stack, that says what to do. */
export function explain(error: unknown): string {
  const { code, path, message } = error as NodeJS.ErrnoException
  const where = path ? ` (${path})` : ''
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return `磁盘已满${where}，请腾出空间后再启动。The disk is full${where}: free some space and start again.`
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
    case 'ENOTDIR':
      return `不能写入${where}，请用 DATA_DIR 指定可写的目录。Cannot write${where}: choose a writable folder with DATA_DIR.`
    default:
      return message.split('\n')[0] || String(code ?? error)
  }
}
