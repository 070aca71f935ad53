// A text to try: sentences of which each draws its words from one circle.
const ENGLISH = {
  circles: ['king queen prince crown throne castle', 'boat fisherman river water fish shore', 'baker bread butter oven jam knife',
    'snow ice frost winter hill sledge', 'reader book page letter story lamp', 'gardener rose tree bee leaf seed'],
  verbs: ['saw', 'found', 'wanted', 'loved', 'remembered', 'was near'],
  sentence: (a: string, b: string, c: string, verb: string): string => `The ${a} ${verb} the ${b} and the ${c}.`,
}
const CHINESE = {
  circles: ['国王 王后 王子 王冠 宝座 城堡', '小船 渔夫 河水 鱼儿 岸边 渔网', '厨师 面包 黄油 烤箱 果酱 餐刀', '大雪 冰块 冬天 寒风 山坡 雪橇',
    '读者 书本 书页 信件 故事 台灯', '园丁 玫瑰 树木 蜜蜂 叶子 种子'],
  verbs: ['看见了', '找到了', '想要', '喜欢', '想起了', '离不开'],
  sentence: (a: string, b: string, c: string, verb: string): string => `${a}${verb}${b}和${c}。`,
}

export function example(language: 'en' | 'zh', sentences = 3000): string {
  const { circles, verbs, sentence } = language === 'zh' ? CHINESE : ENGLISH
  let state = 7
  const draw = <T>(some: T[]): T => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return some[Math.floor((state / 2 ** 32) * some.length)]!
  }
  const lines: string[] = []
  for (let count = 0; count < sentences; count += 1) {
    const words = draw(circles).split(' ')
    lines.push(sentence(draw(words), draw(words), draw(words), draw(verbs)))
  }
  return `${lines.join('\n')}\n`
}
