/**
 * The words of the book: English, 中文, RocketMQ's own name and one definition each.
 *
 * `Term` links a word in the text to its entry and shows it on the spot; `/glossary/` prints them all. An entry appears
 * with the first chapter that uses it. Definitions are one or two sentences a newcomer can read without any other entry.
 */

/** One entry. */
export interface GlossaryEntry {
  /** The anchor on the glossary page and the `id` of `Term`; never changes. */
  readonly id: string
  readonly english: string
  readonly chinese: string
  /** Class, option or wire name in Apache RocketMQ, where it can be looked up. */
  readonly rocketmq: string
  readonly definition: string
}

/** Sorted by English name. */
export const GLOSSARY: readonly GlossaryEntry[] = [
  {
    id: 'broker',
    english: 'broker',
    chinese: '代理服务器',
    rocketmq: 'BrokerController',
    definition: 'The server that stores messages and hands them out. A master takes writes; its slaves hold copies.',
  },
  {
    id: 'commit-log',
    english: 'commit log',
    chinese: '提交日志',
    rocketmq: 'CommitLog',
    definition:
      'The one append-only file, in pieces of 1 GiB, into which a broker writes every message of every topic.',
  },
  {
    id: 'consume-queue',
    english: 'consume queue',
    chinese: '消费队列',
    rocketmq: 'ConsumeQueue',
    definition:
      'A queue’s list of 20-byte entries, one for each message: where it lies in the commit log, how long it is, and a hash of its tag.',
  },
  {
    id: 'consumer',
    english: 'consumer',
    chinese: '消费者',
    rocketmq: 'DefaultMQPushConsumer',
    definition: 'A program that fetches messages from brokers and processes them, as a member of a consumer group.',
  },
  {
    id: 'consumer-group',
    english: 'consumer group',
    chinese: '消费者组',
    rocketmq: 'consumerGroup',
    definition:
      'Consumers that share one name, one subscription and, in clustering mode, the work: each queue is read by one of them at a time.',
  },
  {
    id: 'consume-success',
    english: 'CONSUME_SUCCESS',
    chinese: '消费成功',
    rocketmq: 'ConsumeConcurrentlyStatus',
    definition:
      'What a listener returns when it is done with a batch of messages. The other answer, RECONSUME_LATER, asks for them again.',
  },
  {
    id: 'heartbeat',
    english: 'heartbeat',
    chinese: '心跳',
    rocketmq: 'HEART_BEAT (34)',
    definition:
      'What a client tells each broker every 30 seconds: that it is alive, which groups it belongs to and what they subscribe to.',
  },
  {
    id: 'long-polling',
    english: 'long polling',
    chinese: '长轮询',
    rocketmq: 'PullRequestHoldService',
    definition:
      'A pull that finds nothing is not answered at once. The broker holds it until a message arrives or the time is up.',
  },
  {
    id: 'message',
    english: 'message',
    chinese: '消息',
    rocketmq: 'Message',
    definition: 'A topic, a body of bytes, and properties such as tag and keys.',
  },
  {
    id: 'message-queue',
    english: 'queue',
    chinese: '队列',
    rocketmq: 'MessageQueue',
    definition:
      'A numbered part of a topic on one broker, in which messages keep the order of their arrival. A topic usually has several.',
  },
  {
    id: 'nameserver',
    english: 'NameServer',
    chinese: '名字服务',
    rocketmq: 'NamesrvController',
    definition:
      'The directory: brokers tell it which topics they hold, clients ask it where to go. NameServers never talk to each other.',
  },
  {
    id: 'offset',
    english: 'offset',
    chinese: '位点',
    rocketmq: 'queueOffset',
    definition:
      'A message’s position in its queue, counted from 0. A group’s consume offset is the next position it wants.',
  },
  {
    id: 'producer',
    english: 'producer',
    chinese: '生产者',
    rocketmq: 'DefaultMQProducer',
    definition: 'A program that sends messages to brokers.',
  },
  {
    id: 'pull',
    english: 'pull',
    chinese: '拉取',
    rocketmq: 'PULL_MESSAGE (11)',
    definition: 'A consumer’s request for the messages of one queue from one offset on. Push consumers pull, too.',
  },
  {
    id: 'rebalance',
    english: 'rebalance',
    chinese: '重平衡',
    rocketmq: 'RebalanceImpl',
    definition:
      'Every 20 seconds, and whenever the group changes, each member works out by itself which queues it should read.',
  },
  {
    id: 'route',
    english: 'route',
    chinese: '路由',
    rocketmq: 'TopicRouteData',
    definition: 'The answer to “where is this topic?”: the brokers that hold it, their addresses and their queues.',
  },
  {
    id: 'tag',
    english: 'tag',
    chinese: '标签',
    rocketmq: 'TAGS',
    definition: 'A word a producer puts on a message so that consumers can ask for some messages of a topic only.',
  },
  {
    id: 'topic',
    english: 'topic',
    chinese: '主题',
    rocketmq: 'TopicConfig',
    definition: 'A named stream of messages, spread over queues on one or more brokers.',
  },
]

/** The entry with this id; undefined if there is none. */
export function glossaryEntry(id: string): GlossaryEntry | undefined {
  return GLOSSARY.find((entry) => entry.id === id)
}
