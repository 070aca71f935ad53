// Directions that are ready to be tried, in both languages.

export interface Prepared {
  name: 'plural' | 'gender' | 'size' | 'sentiment' | 'numbers'
  pairs: string
  words: string
}

export const PREPARED: Record<'en' | 'zh', Prepared[]> = {
  en: [
    {
      name: 'plural',
      pairs: 'cat:cats\ndog:dogs\nday:days\nhouse:houses\ntree:trees\nriver:rivers',
      words: 'mouse mice child children apple apples one two three four five',
    },
    {
      name: 'gender',
      pairs: 'man:woman\nking:queen\nfather:mother\nson:daughter\nuncle:aunt\nbrother:sister',
      words: 'nephew niece husband wife nurse doctor engineer teacher pilot dancer captain actress',
    },
    {
      name: 'size',
      pairs: 'small:large\ntiny:huge\nlittle:big\nmini:giant',
      words: 'ant mouse cat dog horse elephant whale village town city pebble mountain',
    },
    {
      name: 'sentiment',
      pairs: 'bad:good\nawful:wonderful\nsad:happy\nterrible:excellent\nhate:love',
      words: 'war peace disease holiday poison gift failure success ugly beautiful table',
    },
  ],
  zh: [
    {
      name: 'gender',
      pairs: '男:女\n父亲:母亲\n儿子:女儿\n爸爸:妈妈',
      words: '先生 女士 国王 女王 护士 医生 老师 司机',
    },
    { name: 'size', pairs: '小:大\n短:长\n低:高', words: '蚂蚁 猫 狗 马 大象 村 城市 山' },
    { name: 'sentiment', pairs: '坏:好\n悲伤:快乐\n失败:成功\n讨厌:喜欢', words: '战争 和平 疾病 节日 礼物 毒 美丽 桌子' },
    { name: 'plural', pairs: 'cat:cats\ndog:dogs\nday:days\nhouse:houses', words: 'mouse mice child children one two three four five' },
  ],
}

/** A word embedding association test in each language: flowers and insects, what is pleasant and what is not. */
export const WEAT = {
  en: {
    x: 'rose tulip daisy lily orchid violet clover poppy',
    y: 'ant spider wasp fly mosquito beetle moth cockroach',
    a: 'love peace joy pleasure friend happy gift laughter',
    b: 'hate war evil ugly poison disaster filth grief',
  },
  zh: { x: '花 玫瑰 百合 荷花', y: '虫 蚊子 苍蝇 蜘蛛', a: '爱 和平 快乐 朋友', b: '恨 战争 丑 毒' },
}
