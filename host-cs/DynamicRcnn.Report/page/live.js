// The live view: asks where it came from for what is new. A report that is a file never does.
const askEvery = 2000;

async function ask(address) {
    const answer = await fetch(address, { cache: "no-cache" });
    if (!answer.ok) {
        throw new Error((await answer.text()).trim() || `status ${answer.status}`);
    }
    return answer.json();
}

function lacksPictures(data) {
    return data.runs.some((run) => run.panel?.images.some((image) => image.picture >= store.pictures.length));
}

function goLive() {
    const place = document.getElementById("live");
    place.hidden = false;
    let known = JSON.stringify(store.data);
    const say = (text, isLost) => {
        if (place.textContent !== text) {
            place.textContent = text;
        }
        place.classList.toggle("lost", isLost);
    };
    const look = async () => {
        try {
            const data = await ask("data.json");
            const text = JSON.stringify(data);
            if (text !== known) {
                if (lacksPictures(data)) {
                    store.pictures = await ask("pictures.json");
                }
                store.data = data;
                known = text;
                tell("data");
            }
            say("live", false);
        } catch (error) {
            say(error instanceof TypeError ? "connection lost" : error.message, true);
        }
        setTimeout(look, askEvery);
    };
    say("live", false);
    setTimeout(look, askEvery);
}
