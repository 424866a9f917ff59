/**
 * The named situations: each an experiment with one question, what to try, and the door to the chapter that answers it. Written as the
 * text of a link, which is what a reader would send, too.
 */
import { type Experiment, experimentFrom } from './experiment/experiment.ts'
import { readText } from './experiment/text.ts'

export interface Situation {
  readonly id: string
  readonly title: string
  readonly question: string
  /** What to do, in one or two sentences. */
  readonly tries: string
  /** Slug of the chapter that answers; there is no door while it is not written. */
  readonly chapter: string
  readonly text: string
  /** Its task is to add something: the cluster stays that of the situation. */
  readonly asksToAdd?: true
}

/** What an experiment is called when the reader has added something to it. */
export const YOUR_CLUSTER = 'Your cluster'

const SERVERS = 'namesrv:namesrv;broker:broker-a;broker:broker-b'

const NEW_MASTER =
  '1;s16;namesrv:namesrv;controller:controller;broker:broker-a,s2,c1,e1;@2000,add,shop,producer,r20;@8000,slow,broker-a~broker-a-s1=200;@8000,slow,broker-a~broker-a-s2=200;@10000,kill,broker-a;@15000,add,billing,group,m2;@60000,restart,broker-a;t7000'

export const SITUATIONS: readonly Situation[] = [
  {
    id: 'first',
    title: 'A shop and its billing',
    question: 'Where is a message between the shop and the billing?',
    tries:
      'Press a square below the stage: its card says where that message was. Then kill a broker: the shop sends to the other one. Kill that one, too, and look what the shop is told.',
    chapter: 'roles',
    text: `1;s3;${SERVERS};producer:shop,r10;group:billing,m3;t4000`,
  },
  {
    id: 'empty',
    title: 'Empty',
    question: 'What do you want to try?',
    tries:
      'Only a NameServer is there. Add a broker, a producer and a group. Press each of them to change it, to break it or to remove it.',
    chapter: 'roles',
    text: '1;s2;namesrv:namesrv;t1000',
  },
  {
    id: 'slow-consumer',
    title: 'A slow consumer',
    question: 'The billing is slower than the shop. What helps?',
    tries: 'Give billing more members. Then give it more than there are queues.',
    chapter: 'rebalance',
    text: `1;s4;${SERVERS};producer:shop,r30;group:billing,m2,s100;t4000`,
  },
  {
    id: 'poison',
    title: 'A poison message',
    question: 'One order fails every time. Who else has to wait?',
    tries: 'shop-30 can never be billed. Let time run 8 times as fast, then 64 times, and follow it to its end.',
    chapter: 'retries',
    text: `1;s5;${SERVERS};producer:shop,r5,c300;group:billing,m2,p30,x5;t6000`,
  },
  {
    id: 'hot-key',
    title: 'A hot key',
    question: 'One customer sends most of the orders. Why does another member not help?',
    tries:
      'Look which queue grows. Give billing two more members. Then take the hot customer away: set “Of one customer” of shop to 0 %.',
    chapter: 'rebalance',
    text: `1;s6;${SERVERS};producer:shop,r40,k32,h60;group:billing,m4;t5000`,
  },
  {
    id: 'idle-members',
    title: 'More members than queues',
    question: 'Six members and four queues: who works?',
    tries: 'Find the idle members. Then give broker-a eight queues.',
    chapter: 'rebalance',
    text: '1;s7;namesrv:namesrv;broker:broker-a;producer:shop,r40;group:billing,m6,s100;t5000',
  },
  {
    id: 'come-and-go',
    title: 'Members that come and go',
    question: 'What does it cost when the members change?',
    tries:
      'A member dies and comes back, again and again. Look at the lanes of ownership, and count what is done twice.',
    chapter: 'rebalance',
    text: `1;s8;${SERVERS};producer:shop,r30;group:billing,m3,s60;@9000,kill,billing-2;@15000,restart,billing-2;@24000,kill,billing-3;@30000,restart,billing-3;@38000,stop,billing-1;@44000,restart,billing-1;t6000`,
  },
  {
    id: 'dead-broker',
    title: 'A dead broker',
    question: 'A broker dies. How many messages does the shop lose?',
    tries:
      'broker-b dies at 10 s and comes back at 60 s. Look whom the NameServer lists, which queues the shop sends to meanwhile, and what “lost” and “not stored” count.',
    chapter: 'producer-balance',
    text: `1;s9;${SERVERS};producer:shop,r20;group:billing,m3;@10000,kill,broker-b;@60000,restart,broker-b;t7000`,
  },
  {
    id: 'lost-namesrv',
    title: 'A lost NameServer',
    question: 'The only NameServer is gone. What still works?',
    tries: 'It dies at 8 s. Add a broker after that: who sends to it? Start the NameServer again.',
    chapter: 'nameserver',
    asksToAdd: true,
    text: `1;s10;${SERVERS};producer:shop,r20;group:billing,m3;@8000,kill,namesrv;t6000`,
  },
  {
    id: 'cut',
    title: 'A cut between two halves',
    question: 'Half of the cluster cannot reach the other half. Who notices?',
    tries:
      'broker-b and billing-2 are on the other side from 8 s on. Press “Heal the cut”, and see what comes back at once.',
    chapter: 'nameserver',
    text: `1;s11;${SERVERS};producer:shop,r20;group:billing,m2;@8000,split,broker-b+billing-2;@50000,heal,;t6000`,
  },
  {
    id: 'backlog',
    title: 'A backlog, caught up',
    question: 'The mailing was away for half a minute. Does anybody else feel it?',
    tries: 'mailing stops at 6 s and comes back at 36 s. Compare the two groups while it catches up.',
    chapter: 'commit-log',
    text: `1;s12;${SERVERS};producer:shop,r30;group:billing,m2,s20;group:mailing,m2,s20;@6000,stop,mailing-1;@6000,stop,mailing-2;@36000,restart,mailing-1;@36000,restart,mailing-2;t5000`,
  },
  {
    id: 'due-at-once',
    title: 'Ten thousand due at once',
    question: 'Ten thousand reminders are due in the same second. What happens in it?',
    tries: 'Let it run 8 times as fast until 90 s, then slowly. How long until the last one is done?',
    chapter: 'delays',
    text: '1;s13;namesrv:namesrv;broker:broker-a,q8;producer:shop,r160,m4,d90,c10000,t2;group:reminder,m4,s5,t4;t5000',
  },
  {
    id: 'no-commit',
    title: 'A producer dies before its commit',
    question: 'The shop dies between its half message and its commit. What becomes of the order?',
    tries: 'It dies at 8 s and comes back at 40 s. Look at what broker-a does not show to anybody, and who is asked.',
    chapter: 'transactions',
    text: '1;s14;namesrv:namesrv;broker:broker-a;producer:shop,r4,m5,l1500;group:billing,m2;@8000,kill,shop;@40000,restart,shop;t6000',
  },
  {
    id: 'new-master',
    title: 'A new master',
    question: 'The master dies, and a controller elects another. For how long can the shop not send?',
    tries:
      'broker-a dies at 10 s; its links to its copies are slow. See who is elected, and when “What happened” says that the shop learns of it. What is lost? Then open “A master that does not wait”.',
    chapter: 'failover',
    text: NEW_MASTER,
  },
  {
    id: 'new-master-async',
    title: 'A master that does not wait',
    question: 'The master dies again, but it tells the shop OK before a copy has the message. What is lost now?',
    tries:
      'It is the run of “A new master”, but broker-a does not wait for its copies. Count what is lost when broker-a dies at 10 s, and compare.',
    chapter: 'failover',
    text: NEW_MASTER.replace(',c1,', ',c0,'),
  },
  {
    id: 'power-cut',
    title: 'A power cut, flushed or not',
    question: 'Two brokers lose power. Which one loses messages that it had acknowledged?',
    tries:
      'broker-a answers before its disk has a message, broker-b after. The billing starts only later. Count what is lost.',
    chapter: 'durability',
    text: '1;s17;namesrv:namesrv;broker:broker-a;broker:broker-b,f1;producer:shop,r40;@9700,powercut,broker-a;@9700,powercut,broker-b;@14000,restart,broker-a;@14000,restart,broker-b;@20000,add,billing,group,m4,s20;t7000',
  },
]

/** The situation that an experiment began as: its title stays with it in a link and in a file. */
export function situationOf({ title }: Experiment): Situation | undefined {
  return SITUATIONS.find((one) => one.title === title)
}

/** The experiment of a situation, with its title. */
export function experimentOf({ text, title }: Situation): Experiment {
  return experimentFrom({ ...readText(text), title })
}
