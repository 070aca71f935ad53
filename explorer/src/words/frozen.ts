// What a frozen copy of the pages says of itself.

export const frozenWords = {
  'frozen.missing': ['This is a frozen copy: it holds the answers to what it shows at first, and not this one. To ask anything, start it live:', '这是一份冻结的副本：只带着最初画面的答案，没有这一个。想随意提问，请启动实时版：'],
  'frozen.home': ['A frozen copy, made by Armillary {version}: {bytes} of answers from the models named here. Live, everything can be asked:', '冻结的副本，由 Armillary {version} 制作：其中的模型给出的答案共 {bytes}。实时版可以随意提问：'],
} as const satisfies Record<string, readonly [string, string]>
