using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>
/// The nonces that TPMs were challenged with, in memory: a device that comes back after a restart is challenged anew. Of one device the last four
/// count, so that a stranger who asks in its name does not shut it out at once; of all devices the last 10,000.
/// </summary>
internal sealed class TpmChallenges(TimeProvider time)
{
    private const int PerDevice = 4;
    private const int Capacity = 10_000;

    // A registration polls with the token that the nonce signed; an hour is what clients give that token.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Challenge>> _byDevice = new(StringComparer.Ordinal);
    private readonly Queue<(string Key, Challenge Challenge)> _inOrder = new();

    /// <summary>Keeps a nonce.</summary>
    public void Add(string registrationKey, byte[] nonce, TpmEvidence evidence)
    {
        var challenge = new Challenge(nonce, evidence, time.GetUtcNow() + s_lifetime);
        lock (_lock)
        {
            if (!_byDevice.TryGetValue(registrationKey, out var list))
            {
                _byDevice.Add(registrationKey, list = []);
            }

            list.Add(challenge);
            _inOrder.Enqueue((registrationKey, challenge));
            if (list.Count > PerDevice)
            {
                list.RemoveAt(0);
            }

            RemoveOld();
        }
    }

    /// <summary>Finds the challenge that a token answers.</summary>
    public TpmEvidence? Find(string registrationKey, SasToken token)
    {
        Challenge[] challenges;
        lock (_lock)
        {
            RemoveOld();
            challenges = _byDevice.TryGetValue(registrationKey, out var list) ? [.. list] : [];
        }

        return Array.Find(challenges, challenge => token.Verify(challenge.Nonce))?.Evidence;
    }

    private void RemoveOld()
    {
        var now = time.GetUtcNow();
        while (_inOrder.TryPeek(out var oldest) && (_inOrder.Count > Capacity || oldest.Challenge.Expires <= now))
        {
            _inOrder.Dequeue();
            if (_byDevice.TryGetValue(oldest.Key, out var list) && list.Remove(oldest.Challenge) && list.Count == 0)
            {
                _byDevice.Remove(oldest.Key);
            }
        }
    }

    private sealed class Challenge(byte[] nonce, TpmEvidence evidence, DateTimeOffset expires)
    {
        public byte[] Nonce { get; } = nonce;

        public TpmEvidence Evidence { get; } = evidence;

        public DateTimeOffset Expires { get; } = expires;
    }
}
