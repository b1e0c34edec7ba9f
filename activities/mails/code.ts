/** M1 (R26): the code, in Chinese with an English part below; text and HTML. */
import { repositoryContacts, type Repository } from '../../domain/catalogue.ts'
import { page, type MailText } from './page.ts'

export type CodeLetter = {
  code: string
  depositorEmail: string
  requester: string
  unit: string
  repository: Repository
  accession: string
  projectName: string
  reference: string
  siteUrl: string
  now: Date
}

/** No code and no person's data in the subject. */
export function codeLetter(letter: CodeLetter): { subject: string; text: string; html: string } {
  const { code, requester, unit, repository, accession, projectName } = letter
  const { url } = repositoryContacts[repository]
  const chinese: MailText = {
    lang: 'zh-CN',
    heading: '人类遗传资源信息管理备份平台数据集验证码',
    paragraphs: [
      [letter.depositorEmail],
      ['您好，您的验证码为：', { strong: code }],
      [
        `该验证码由${requester}（${unit}）通过人类遗传资源信息管理备份平台向您发送，用于确认您在${repository} (`,
        { link: url },
        `) 系统中提交的编号为 ${accession} 的数据集在人类遗传资源信息管理备份平台中使用，相关项目名称为“${projectName}”。`,
      ],
      [
        '验证码 48 小时内有效。请只告知上述申请人，不要告诉其他人。如收到多封邮件，请使用最近一封中的验证码。',
      ],
      ['如果您不认识申请人，请不要提供验证码，并与我们联系。'],
    ],
  }
  const english: MailText = {
    lang: 'en',
    heading: 'Data set code of the HGR Information Backup Platform',
    paragraphs: [
      ['Your code is ', { strong: code }, '.'],
      [
        `${requester} (${unit}) asks to use your data set ${accession} in ${repository} (`,
        { link: url },
        `) on the platform, for the project “${projectName}”.`,
      ],
      [
        'The code is valid for 48 hours. Tell it only to the requester, and to nobody else. If you received several mails, use the code in the latest one.',
      ],
      ['If you do not know the requester, do not pass the code on, and contact us.'],
    ],
  }
  return {
    subject: '【人类遗传资源信息管理备份平台】数据集验证码',
    ...page([chinese, english], letter),
  }
}
