namespace Nave.Hub.Provisioning;

/// <summary>Calls the webhooks of the allocation policy custom.</summary>
public interface IAllocationWebhook
{
    /// <summary>Posts a request and waits for its answer, some seconds at most.</summary>
    /// <param name="url">The address: https, or http on this machine. Never logged.</param>
    /// <param name="body">The request's JSON.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The answer's body; or 400207 (no answer in time, or another status than 2xx), 400209 (status 401 or 403).</returns>
    ValueTask<HubResult<ReadOnlyMemory<byte>>> PostAsync(Uri url, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);
}
