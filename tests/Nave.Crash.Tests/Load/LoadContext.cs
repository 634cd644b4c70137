using Nave.Crash.Tests.History;

namespace Nave.Crash.Tests.Load;

/// <summary>What all clients of a run share.</summary>
/// <param name="Seed">What each client's own random numbers come from.</param>
/// <param name="Hub">When there is a hub.</param>
/// <param name="History">Where they note what they did and saw.</param>
internal sealed record LoadContext(int Seed, HubSwitch Hub, RunHistory History)
{
    /// <summary>Makes the random numbers of a client: the same for the same seed and name.</summary>
    public Random RandomOf(string name)
    {
        // FNV-1a: string.GetHashCode is another one in each process.
        var hash = 2166136261u ^ (uint)Seed;
        foreach (var c in name)
        {
            hash = (hash ^ c) * 16777619u;
        }

        return new Random((int)hash);
    }
}
