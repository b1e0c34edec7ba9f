/** 涉及内容 and 详细类型 (R12, R15), and the parts of a study that people confuse with it (R19). */
import type { SubObject } from '../accessions.ts'
import type { ContentType, DataType } from '../catalogue.ts'
import { words, type WordsOf } from './words.ts'

export const contentWords: WordsOf<ContentType> = {
  wgs: words('全基因组测序相关数据', 'Whole-genome sequencing'),
  array: words('全基因组芯片相关数据', 'Whole-genome array'),
  wes: words('全外显子组测序相关数据', 'Whole-exome sequencing'),
  targeted: words('基因组靶向测序相关数据', 'Targeted sequencing'),
  epigenome: words('表观组测序相关数据', 'Epigenome sequencing'),
  transcriptome: words('转录组测序相关数据', 'Transcriptome sequencing'),
}

export const dataTypeWords: WordsOf<DataType> = {
  1: words('组学原始测序数据', 'Raw omics sequencing data'),
  2: words('全基因组组装数据', 'Whole-genome assembly'),
  3: words('基因组变异数据', 'Genomic variation'),
  4: words('变异芯片数据', 'Array variation'),
  5: words('全基因组关联分析数据', 'Genome-wide association analysis'),
  6: words('核酸序列类生物标志物', 'Nucleic-acid-sequence biomarkers'),
  7: words('基因组芯片原始数据', 'Raw genome array data'),
  8: words('芯片统计与分析数据', 'Array statistics and analysis'),
  9: words('其它核酸类生物标志物', 'Other nucleic-acid biomarkers'),
  10: words('各类统计与分析数据', 'Other statistics and analysis'),
}

export const partWords: WordsOf<SubObject> = {
  sample: words('样本', 'sample'),
  experiment: words('实验', 'experiment'),
  run: words('测序反应（Run）', 'run'),
  file: words('文件', 'file'),
}
