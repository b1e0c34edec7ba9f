/** Words of the pages, Chinese and English: written down here again, so that the pages are held to them. */
export type Language = 'zh' | 'en'

const both = {
  signIn: ['使用人遗系统账号登录', 'Sign in with your HGR System account'],
  signedOut: ['您已退出登录', 'You are signed out'],
  signOut: ['退出登录', 'Sign out'],
  signInFirst: ['请先登录，再查看此页', 'Sign in to see this page'],
  idleTitle: ['登录即将超时', 'Your session is about to end'],
  idleStay: ['继续使用', 'Stay signed in'],
  expired: ['登录已超时', 'Your session ended'],
  inputIsKept: ['请重新登录，您填写的内容会保留。', 'Sign in again; what you typed is kept.'],
  signInAgain: ['重新登录', 'Sign in'],
  notAuthorised: [
    '您的账号尚未完成单位认证，可以查看，不能新建。请到人类遗传资源服务管理系统（人遗系统）申请授权，并提醒法人单位审核通过。',
    'Your institution (legal entity) has not authorised this account: you can view but not create. Apply in the Human Genetic Resources Service Management System (“HGR System”) and ask it to approve.',
  ],
  notFound: ['页面不存在或您无权查看', 'This page does not exist or you may not see it'],
  guide: ['操作指南', 'Guide'],
  projects: ['项目列表', 'Projects'],
  newProject: ['新建项目', 'New project'],
  skip: ['跳到主要内容', 'Skip to main content'],
  mainMenu: ['菜单', 'Menu'],
  errorTitle: ['错误：', 'Error: '],
  problem: ['有问题需要处理', 'There is a problem'],
  submit: ['提交', 'Submit'],
  create: ['立即创建', 'Create'],
  reset: ['重置', 'Reset'],
  resetAsks: ['清空已填写的内容？', 'Discard what you typed?'],
  resetConfirm: ['清空', 'Discard'],
  back: ['返回', 'Back'],
  goBack: ['返回修改', 'Go back'],
  save: ['保存', 'Save'],
  saved: ['已保存', 'Saved'],
  cancel: ['取消', 'Cancel'],
  ok: ['确定', 'OK'],
  close: ['关闭', 'Close'],
  edit: ['修改', 'Edit'],
  remove: ['删除', 'Delete'],
  view: ['查看', 'View'],
  more: ['更多', 'More'],
  copy: ['复制', 'Copy'],
  copied: ['已复制', 'Copied'],
  noData: ['暂无数据', 'No data'],
  projectsEmpty: ['您还没有项目。备份从创建项目开始。', 'No projects yet. A backup starts with a project.'],
  projectName: ['项目名称', 'Project name'],
  enterProjectName: ['请填写项目名称', 'Enter the project name'],
  enterEmail: ['请填写完整的邮箱，例如 name@example.cn', 'Enter a full e-mail address, like name@example.cn'],
  acceptAgreement: ['请阅读并勾选同意协议', 'Read and accept the agreement'],
  finalTitle: ['创建后不能修改或删除', 'This cannot be edited or deleted later'],
  confirmProject: ['确认创建', 'Confirm'],
  projectCreated: ['项目已创建', 'Project created'],
  nameTaken: [
    '您的账号下已有同名项目，请换一个名称',
    'You already have a project with this name. Choose another',
  ],
  add: ['添加备份', 'Add backup'],
  addFiles: ['添加文件', 'Add files'],
  discard: ['放弃备份', 'Discard'],
  discarded: ['备份已放弃', 'Backup discarded'],
  selectContent: ['请选择涉及内容', 'Select the content'],
  backupAdded: ['备份已添加，下一步：添加文件', 'Backup added. Next: add files'],
  wgs: ['全基因组测序相关数据', 'Whole-genome sequencing'],
  array: ['全基因组芯片相关数据', 'Whole-genome array'],
  assembly: ['全基因组组装数据', 'Whole-genome assembly'],
  rawOmics: ['组学原始测序数据', 'Raw omics sequencing data'],
  addFile: ['添加常规文件', 'Add data file'],
  noFilesYet: [
    '请先将数据提交至对应数据库，再点击“添加常规文件”',
    'Deposit the data in its repository first, then choose “Add data file”',
  ],
  depositIn: ['此类型数据库请提交至', 'Data of this type must be deposited in'],
  useLead: ['使用负责人邮箱', "Use the lead's e-mail"],
  sameAsLead: [
    '与负责人邮箱一致，数据库校验通过后即完成',
    "Same as the lead's e-mail: no authorisation needed",
  ],
  otherThanLead: [
    '与负责人邮箱不一致，需数据提交者授权',
    "Not the lead's e-mail: the depositor will have to authorise this file",
  ],
  didYouMean: ['您要填的是不是 {accession}？', 'Did you mean {accession}?'],
  useSuggestion: ['使用 {accession}', 'Use {accession}'],
  isRun: [
    '{accession} 是测序反应（Run）编号，这里需要数据集（研究）编号，形如 HRA000567。可在 GSA-Human 的数据集页面上找到',
    '{accession} is a run number. The data set (study) number is needed, like HRA000567; see the data set page in GSA-Human',
  ],
  isOmix: [
    '{accession} 是 OMIX 的编号，而“组学原始测序数据”须提交至 GSA-Human。请核对详细类型或序列号',
    '{accession} belongs to OMIX, but “Raw omics sequencing data” must be deposited in GSA-Human. Check the type or the accession',
  ],
  mismatch: ['提交账号与数据集序列号不匹配', 'The submission account and the accession do not match'],
  mismatchHelp: [
    '请检查“数据集序列号”或“数据库提交账号”是否填写有误',
    'Check both fields. For help call 010-84097816',
  ],
  fileDone: ['{accession} 数据库校验通过，已完成', '{accession} checked and done'],
  filePending: [
    '{accession} 数据库校验通过，待数据提交者授权',
    '{accession} checked; the depositor has to authorise it',
  ],
  fileChecking: [
    '已加入列表；GSA-Human 暂未应答，数据库校验会自动继续',
    'Added. GSA-Human has not answered yet; the check goes on by itself, and you may leave',
  ],
  duplicate: ['本备份中已有 {accession}（第 1 项）', '{accession} is already in this backup (item 1)'],
  elsewhere: [
    '本单位的另一个备份已关联 {accession}',
    'Another backup of your institution already links {accession}',
  ],
  addAnyway: ['仍要添加', 'Add anyway'],
  done: ['完成', 'Done'],
  pending: ['待验证', 'Awaiting authorisation'],
  checking: ['数据库校验中', 'Checking'],
  checkFailed: ['数据库校验未通过', 'Check failed'],
  correctAndAdd: ['修正后重新添加', 'Correct and add again'],
  nothingChanged: ['没有改动', 'Nothing changed'],
  savedTotal: ['已保存，总数据量 100 GB → 120 GB', 'Saved, total size 100 GB → 120 GB'],
  sendCode: ['发送验证码', 'Send code'],
  enterCode: ['输入验证码', 'Enter code'],
  sendAgain: ['重新发送', 'Resend code'],
  codeTitle: ['数据集授权验证码', 'Data set code'],
  codeUnsent: [
    '验证码将以邮件形式发送到“数据库提交账号”邮箱，有效期为 48 小时。',
    'The code goes by mail to the submission account and is valid for 48 hours.',
  ],
  pleaseNote: ['温馨提示', 'Please note'],
  codeSent: [
    '数据集授权验证码已成功发送，请您及时联系提交者获取验证码并正确填入系统进行校验。注：发送验证码有效期 48 小时，每 5 分钟可重发一次。',
    'The code has been sent. Ask the depositor for it and enter it here. It is valid for 48 hours and can be resent every 5 minutes.',
  ],
  timeLeft: [/剩余 47 小时 5\d 分/, /47 h 5\d min left/],
  resendIn: [/^0[345]:\d\d 后可重新发送$/, /^You can resend in 0[345]:\d\d$/],
  earlierCodeStops: ['重新发送后，之前的验证码立即失效', 'The earlier code stops working at once'],
  unconfirmed: [
    '后台处理服务暂时不可用，本次操作尚未确认，内容已保留，请稍后重试；重试不会重复执行',
    'Background processing is unavailable. Your action is not confirmed and your input is kept. Trying again will not do it twice',
  ],
  sixDigits: ['请填写 6 位数字验证码', 'Enter the 6-digit code'],
  wrongCode: [
    '验证码不正确，还可尝试 {n} 次。只有最近一封邮件中的验证码有效',
    'Wrong code, {n} tries left. Only the code in the latest mail is valid',
  ],
  codeVoided: [
    '验证码连续输错 5 次，已作废，请重新发送',
    'The code was cancelled after 5 wrong tries. Choose “Resend code”',
  ],
  verify: ['校验', 'Verify'],
  verified: ['验证码校验成功，数据信息关联成功', 'Code verified. The data set is now linked.'],
  undelivered: ['邮件未送达', 'Mail not delivered'],
  undeliveredBecause: [
    '邮件未送达：地址不存在。请核对提交账号；如有误，请点击“更正提交账号”',
    'The mail was not delivered (no such address). Check the submission account; if it is wrong, choose “Correct the submission account”',
  ],
  oneLeft: ['还有 1 个文件未完成，完成后即可提交', '1 file is not done yet; you can submit once it is'],
  ready: ['可以提交', 'Ready to submit'],
  checkFirst: ['提交前核对', 'Check before you submit'],
  locks: ['提交后，备份将被锁定', 'The backup is locked once you submit'],
  tickTheBox: ['请核对后勾选“我已核对以上信息”', 'Check the above, then tick “I have checked the above”'],
  correctAccount: ['更正提交账号', 'Correct the submission account'],
  getNumber: ['提交并获取备份号', 'Submit and get the backup number'],
  stillBlock: ['以下文件还不能提交', 'These files cannot be submitted yet'],
  addOneFile: ['请至少添加一个数据文件', 'Add at least one data file'],
  completed: ['备份已完成', 'Backup completed'],
  synced: [
    '备份号已同步到人类遗传资源服务管理系统（人遗系统）',
    'The backup number has been synced to the Human Genetic Resources Service Management System (“HGR System”)',
  ],
  viewFiles: ['查看文件', 'View files'],
  toProject: ['返回项目', 'Back to project'],
  stageCompleted: ['已完成', 'Completed'],
  toAddMore: ['如需追加请新建备份', 'To add data, create a new backup'],
  backupLocked: [
    /^该备份已于 \d{4}-\d\d-\d\d \d\d:\d\d 锁定（备份号 BF\d{13}），不能再更改。如需追加请新建备份$/,
    /^This backup was locked at \d{4}-\d\d-\d\d \d\d:\d\d \(backup number BF\d{13}\) and cannot be changed\. To add data, create a new backup$/,
  ],
} as const satisfies Record<string, readonly [zh: string | RegExp, en: string | RegExp]>

export type Texts = { [Key in keyof typeof both]: (typeof both)[Key][0] extends string ? string : RegExp }

const pick = (side: 0 | 1): Texts =>
  Object.fromEntries(Object.entries(both).map(([key, pair]) => [key, pair[side]])) as Texts // pairs hold one kind
const languages: Record<Language, Texts> = { zh: pick(0), en: pick(1) }
export const textsOf = (language: Language): Texts => languages[language]

/** `{accession}`, `{n}` and `{name}` filled in. */
export const say = (text: string, values: Record<string, string | number>): string =>
  text.replaceAll(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all))

/** An action's accessible name holds the row: `查看：示例项目`. */
export const named = (action: string, name: string, language: Language): string =>
  language === 'zh' ? `${action}：${name}` : `${action}: ${name}`
