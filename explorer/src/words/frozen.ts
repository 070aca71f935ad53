// What a frozen copy of the pages says of itself.

export const frozenWords = {
  'frozen.missing': ['This is a frozen copy: it holds the answers to what it shows at first, and not this one. To ask anything, start it live:', '这是一份冻结的副本：只带着最初画面的答案，没有这一个。想随意提问，请启动实时版：'],
  'frozen.home': ['A frozen copy, made by Armillary {version}: {bytes} of answers from the models named here. Live, everything can be asked:', '冻结的副本，由 Armillary {version} 制作：其中的模型给出的答案共 {bytes}。实时版可以随意提问：'],
  'frozen.learn': ['This is a frozen copy: nothing can be learned in it. What was learned before can be seen again below. To teach it a text of your own, start it live:', '这是一份冻结的副本，不能在这里学习。以前学过的可以在下面回放。想用自己的文本来教它，请启动实时版：'],
  'frozen.replay': ['Nothing that was learned with its way kept is in this copy. To have it, learn with --watch and export that:', '这份副本里没有保存了学习过程的东西。学习时加上 --watch，再导出它：'],
} as const satisfies Record<string, readonly [string, string]>
