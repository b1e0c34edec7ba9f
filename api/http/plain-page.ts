/** A page for the moments in which SvelteKit is not asked. Its texts are fixed: they hold nothing that came with the request. */
export const plainPage = (zh: string, en: string): string => `<!doctype html>
<html lang="zh-CN">
  <meta charset="utf-8" />
  <title>人类遗传资源信息管理备份平台</title>
  <p>${zh}</p>
  <p lang="en">${en}</p>
  <p><a href="/">返回首页 Home</a></p>
</html>
`
