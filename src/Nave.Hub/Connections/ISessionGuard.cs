using Nave.Hub.Security;

namespace Nave.Hub.Connections;

/// <summary>
/// Tells whether what a principal proved still holds. Asked once a session is registered, so that a key which is changed
/// between the proof and the registration does not leave a session behind.
/// </summary>
internal interface ISessionGuard
{
    /// <summary>Answers from memory: <see langword="true"/> = it holds, <see langword="false"/> = not known here.</summary>
    bool TryConfirm(DevicePrincipal principal);

    /// <summary>Answers from the store.</summary>
    /// <returns><see langword="null"/> if it holds, else why the session has to close.</returns>
    ValueTask<CloseReason?> ConfirmAsync(DevicePrincipal principal, CancellationToken cancellationToken);
}
