/**
 * An operator sends PUT_KV_CONFIG (100), GET_KV_CONFIG (101), DELETE_KV_CONFIG (102) and GET_KVLIST_BY_NAMESPACE (219) to a
 * NameServer. These requests store, read and delete small texts by namespace and key. The answer to 219 has the body
 * `{"table":{…}}`. For a missing text or namespace, the answer to 101 or 219 is QUERY_NOT_FOUND.
 *
 * RocketMQ: `PutKVConfigRequestHeader`, `GetKVConfigRequestHeader`, `GetKVListByNamespaceRequestHeader`.
 */

import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const putKvConfig = defineRequest(RequestCode.PUT_KV_CONFIG, 'PUT_KV_CONFIG', {
  namespace: 'string!',
  key: 'string!',
  value: 'string!',
})

export const getKvConfig = defineRequest(RequestCode.GET_KV_CONFIG, 'GET_KV_CONFIG', {
  namespace: 'string!',
  key: 'string!',
})

export const getKvConfigAnswer = defineHeader('the answer to GET_KV_CONFIG', { value: 'string' })

export const deleteKvConfig = defineRequest(RequestCode.DELETE_KV_CONFIG, 'DELETE_KV_CONFIG', {
  namespace: 'string!',
  key: 'string!',
})

export const getKvListByNamespace = defineRequest(RequestCode.GET_KVLIST_BY_NAMESPACE, 'GET_KVLIST_BY_NAMESPACE', {
  namespace: 'string!',
})
