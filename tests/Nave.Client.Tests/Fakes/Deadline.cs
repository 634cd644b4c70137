namespace Nave.Client.Tests.Fakes;

/// <summary>How long a test waits for what must come; generous, for the machine may be busy.</summary>
internal static class Deadline
{
    public static TimeSpan Default { get; } = TimeSpan.FromSeconds(60);
}
