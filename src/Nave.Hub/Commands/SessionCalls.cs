using Nave.Api;

namespace Nave.Hub.Commands;

/// <summary>The direct methods that one session has been sent and has not answered. Thread-safe.</summary>
internal sealed class SessionCalls
{
    private readonly Dictionary<string, TaskCompletionSource<HubResult<DirectMethodResponse>>> _calls = [];
    private HubError? _ended;

    /// <summary>Gets the number of calls.</summary>
    public int Count
    {
        get
        {
            lock (_calls)
            {
                return _calls.Count;
            }
        }
    }

    /// <summary>Adds a call.</summary>
    /// <returns>What ends with its answer, or <see langword="null"/> if too many are under way.</returns>
    public TaskCompletionSource<HubResult<DirectMethodResponse>>? Add(string requestId)
    {
        var call = new TaskCompletionSource<HubResult<DirectMethodResponse>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_calls)
        {
            if (_ended is not null)
            {
                call.SetResult(_ended);
                return call;
            }

            if (_calls.Count >= DirectMethodService.MaxInFlight)
            {
                return null;
            }

            _calls.Add(requestId, call);
            return call;
        }
    }

    /// <summary>Takes a call out.</summary>
    public TaskCompletionSource<HubResult<DirectMethodResponse>>? Remove(string requestId)
    {
        lock (_calls)
        {
            _calls.Remove(requestId, out var call);
            return call;
        }
    }

    /// <summary>Ends all calls, those that are still to be added too.</summary>
    public void FailAll(HubError error)
    {
        List<TaskCompletionSource<HubResult<DirectMethodResponse>>> failed;
        lock (_calls)
        {
            _ended = error;
            failed = [.. _calls.Values];
            _calls.Clear();
        }

        foreach (var call in failed)
        {
            call.TrySetResult(error);
        }
    }
}
