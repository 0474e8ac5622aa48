// Gatepost for Haraka, in /etc/haraka/plugins/gatepost.js; name it in config/plugins before the plugins that accept
// recipients. Haraka's own dns-list plugin would show your activation code to every sender it refuses, and cannot
// defer: hence this one. Where Gatepost cannot be asked, mail is accepted.
'use strict';

const dns = require('dns').promises;
const net = require('net');

const STANDARD = '{{ code }}.r.{{ zone }}';
{%- if dynamic +%}
const DYNAMIC = '{{ code }}.q.{{ zone }}';
{%- endif +%}

exports.register = function () {
  this.register_hook('rcpt', 'ask');
};

exports.ask = async function (next, connection) {
  if (connection.relaying || connection.remote.is_private) return next();
  const name = reversed(connection.remote.ip);
  if (await listed(this, connection, name, STANDARD)) {
    return next(DENY, '5.7.1 Service unavailable; connection refused');
  }
{%- if dynamic +%}
  if (await listed(this, connection, name, DYNAMIC)) {
    return next(DENYSOFT, '4.7.1 server temporarily unavailable, please retry');
  }
{%- endif +%}
  next();
};

// Whether the zone answers with one of its codes. It is asked once for each connection, however many recipients.
async function listed(plugin, connection, name, zone) {
  const known = connection.notes.gatepost || (connection.notes.gatepost = {});
  if (known[zone] === undefined) {
    try {
      const found = await dns.resolve4(name + '.' + zone);
      known[zone] = found.some(function (answer) { return answer.startsWith('127.0.0.'); });
    } catch (error) {
      known[zone] = false;
      if (error.code !== 'ENOTFOUND' ? error.code !== 'ENODATA' : false) {
        connection.logerror(plugin, 'Gatepost could not be asked: ' + error.code);
      }
    }
  }
  return known[zone];
}

// An address as it stands in a query name: four octets or 32 nibbles, backwards.
function reversed(ip) {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped) ip = mapped[1];
  if (net.isIPv4(ip)) return ip.split('.').reverse().join('.');
  const [head, tail] = ip.split('::').map(function (part) { return part ? part.split(':') : []; });
  const groups = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.map(function (group) { return group.padStart(4, '0'); }).join('').split('').reverse().join('.');
}
