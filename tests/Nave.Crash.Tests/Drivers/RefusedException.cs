namespace Nave.Crash.Tests.Drivers;

/// <summary>The hub answered CONNECT with a refusal.</summary>
/// <param name="message">Whom, and why.</param>
/// <param name="isTemporary">Whether it may take the device later.</param>
internal sealed class RefusedException(string message, bool isTemporary) : IOException(message)
{
    public bool IsTemporary => isTemporary;
}
